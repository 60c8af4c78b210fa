using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Evaluation.Torch;
using Search.Native;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation;

/// <summary>One small network (a convolution, GELU, pooling, a linear layer, softmax) on one batch, through every engine and device there is.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Device">Where it computed.</param>
/// <param name="Difference">The largest difference of a probability from the first engine's; null when it did not run.</param>
/// <param name="Reason">Why it did not run, or null.</param>
public sealed record CrossCheck(string Engine, string Device, double? Difference, string? Reason)
{
    /// <summary>The most that engines may differ.</summary>
    public const double Tolerance = 1e-5;

    private const int Examples = 4;
    private static readonly long[] Shape = [Examples, 3, 8, 8];

    /// <summary>Runs it everywhere.</summary>
    /// <returns>One entry an engine and device; the first is what the others are compared with.</returns>
    public static IReadOnlyList<CrossCheck> Run()
    {
        ModelProto model = Network();
        float[] input = Numbers(Examples * 3 * 8 * 8, 9);
        List<(string Engine, string Device, Func<float[]> Run)> engines = [("onnxruntime", "cpu", () => OnOnnxRuntime(model, input)), ("torch", "cpu", () => OnTorch(model, input, "cpu"))];
        try
        {
            engines.AddRange(Enumerable.Range(0, TorchLibrary.Describe().CudaDevices).Select(device => ("torch", $"cuda:{device}", (Func<float[]>)(() => OnTorch(model, input, $"cuda:{device}")))));
        }
        catch (NativeException)
        {
            // Said by the entry for the CPU.
        }

        float[]? first = null;
        List<CrossCheck> checks = [];
        foreach ((string engine, string device, Func<float[]> run) in engines)
        {
            try
            {
                float[] output = run();
                first ??= output;
                checks.Add(new CrossCheck(engine, device, output.Zip(first, (a, b) => Math.Abs((double)a - b)).Max(), null));
            }
            catch (Exception exception) when (exception is NativeException or SearchException)
            {
                checks.Add(new CrossCheck(engine, device, null, exception.Message));
            }
        }

        return checks;
    }

    private static float[] OnOnnxRuntime(ModelProto model, float[] input)
    {
        OnnxRuntimeLibrary library = OnnxRuntimeLibrary.Load();
        using OrtSession session = library.CreateSession(model.ToByteArray(), new OrtSessionSettings { Threads = 1 });
        using OrtTensor x = library.CreateTensor<float>(input.AsMemory(), Shape);
        using OrtBinding binding = session.CreateBinding();
        binding.BindInput("x", x);
        binding.BindOutput("y");
        session.Run(binding);
        using OrtTensor output = binding.TakeOutputs()[0];
        return output.Read<float>().ToArray();
    }

    private static float[] OnTorch(ModelProto model, float[] input, string device)
    {
        TorchLibrary.Describe();
        var graph = new OnnxGraph("self-check.onnx", model);
        using var network = new TorchModel(graph, new GraphBinding([], []), ["x"], ["y"], device);
        using TorchTensor x = TorchData.Moved(device, TorchTensor.Wrap<float>(input, Shape));
        bool recorded = TorchLibrary.RecordsGradients;
        TorchLibrary.RecordGradients(false);
        try
        {
            TorchTensor[] body = network.Body([], [x]);
            TorchTensor[] outputs = network.Head(body, 0, Examples, Examples, [], []);
            using TorchTensor host = TorchData.OnHost(outputs[0], TorchType.Float32);
            float[] result = host.Read<float>().ToArray();
            Array.ForEach([.. body, .. outputs], tensor => tensor.Dispose());
            return result;
        }
        finally
        {
            TorchLibrary.RecordGradients(recorded);
        }
    }

    private static float[] Numbers(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => (float)Math.Sin((i * 1.3) + seed))];

    private static ModelProto Network()
    {
        static ValueInfoProto Value(string name, params long[] shape)
        {
            var dimensions = new TensorShapeProto();
            dimensions.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
            return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = OnnxTensorType.Float, Shape = dimensions } } };
        }

        static TensorProto Weight(string name, int seed, params long[] shape)
        {
            var tensor = new TensorProto { Name = name, DataType = OnnxTensorType.Float };
            tensor.Dims.AddRange(shape);
            tensor.FloatData.AddRange(Numbers((int)shape.Aggregate(1L, (product, size) => product * size), seed));
            return tensor;
        }

        static TensorProto Scalar(string name, float value) => new() { Name = name, DataType = OnnxTensorType.Float, FloatData = { value } };

        return new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } },
            Graph = new GraphProto
            {
                Name = "self-check",
                Input = { Value("x", Shape) },
                Output = { Value("y", Examples, 5) },
                Initializer = { Weight("kernel", 1, 4, 3, 3, 3), Weight("matrix", 2, 5, 4), Weight("bias", 3, 5), Scalar("root", 1.41421354f), Scalar("one", 1), Scalar("half", 0.5f) },
                Node =
                {
                    new NodeProto { OpType = "Conv", Input = { "x", "kernel" }, Output = { "c" } },
                    new NodeProto { OpType = "Div", Input = { "c", "root" }, Output = { "d" } },
                    new NodeProto { OpType = "Erf", Input = { "d" }, Output = { "e" } },
                    new NodeProto { OpType = "Add", Input = { "e", "one" }, Output = { "f" } },
                    new NodeProto { OpType = "Mul", Input = { "c", "f" }, Output = { "g" } },
                    new NodeProto { OpType = "Mul", Input = { "g", "half" }, Output = { "h" } },
                    new NodeProto { OpType = "GlobalAveragePool", Input = { "h" }, Output = { "p" } },
                    new NodeProto { OpType = "Flatten", Input = { "p" }, Output = { "q" } },
                    new NodeProto { OpType = "Gemm", Input = { "q", "matrix", "bias" }, Output = { "r" }, Attribute = { new AttributeProto { Name = "transB", I = 1, Type = 2 } } },
                    new NodeProto { OpType = "Softmax", Input = { "r" }, Output = { "y" } },
                },
            },
        };
    }
}
