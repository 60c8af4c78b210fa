using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation;

/// <summary>Whether an engine is there and computes what it should.</summary>
/// <param name="Version">The library's version.</param>
/// <param name="Path">Where it was found.</param>
/// <param name="Devices">What it can compute on.</param>
/// <param name="Error">The largest difference from the exact product in a small matrix multiplication.</param>
public sealed record EngineCheck(string Version, string Path, IReadOnlyList<string> Devices, double Error)
{
    private const int Size = 64;

    /// <summary>Loads onnxruntime and multiplies two matrices of whole numbers, whose product is exact in float32.</summary>
    /// <exception cref="Native.NativeException">The library is nowhere or refuses the graph; the message lists the places tried.</exception>
    public static EngineCheck OnnxRuntime()
    {
        OnnxRuntimeLibrary library = OnnxRuntimeLibrary.Load();
        float[] a = Left();
        float[] b = Right();
        using OrtSession session = library.CreateSession(Product().ToByteArray(), new OrtSessionSettings { Threads = 1 });
        using OrtTensor left = library.CreateTensor<float>(a.AsMemory(), [Size, Size]);
        using OrtTensor right = library.CreateTensor<float>(b.AsMemory(), [Size, Size]);
        using OrtBinding binding = session.CreateBinding();
        binding.BindInput("a", left);
        binding.BindInput("b", right);
        binding.BindOutput("y");
        session.Run(binding);
        using OrtTensor product = binding.TakeOutputs()[0];
        return new EngineCheck(library.Version, library.Path, library.Providers, Difference(a, b, product.Read<float>()));
    }

    /// <summary>Loads libtorch and multiplies the same matrices.</summary>
    /// <exception cref="Native.NativeException">libtorch or its bridge is nowhere, or they do not belong together; the message says what to do.</exception>
    public static EngineCheck Torch()
    {
        TorchDescription library = TorchLibrary.Describe();
        using TorchTensor left = TorchTensor.Wrap<float>(Left(), [Size, Size]);
        using TorchTensor right = TorchTensor.Wrap<float>(Right(), [Size, Size]);
        using TorchTensor product = TorchLibrary.Call("matmul", left, right);
        string[] devices = ["cpu", .. Enumerable.Range(0, library.CudaDevices).Select(device => $"cuda:{device}")];
        return new EngineCheck(library.Version, library.Path, devices, Difference(Left(), Right(), product.Read<float>()));
    }

    private static float[] Left() => [.. Enumerable.Range(0, Size * Size).Select(i => (float)(i % 17) - 8)];

    private static float[] Right() => [.. Enumerable.Range(0, Size * Size).Select(i => (float)(i % 13) - 6)];

    private static double Difference(float[] a, float[] b, ReadOnlySpan<float> product)
    {
        double largest = 0;
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j < Size; j++)
            {
                double exact = 0;
                for (int k = 0; k < Size; k++)
                {
                    exact += a[(i * Size) + k] * b[(k * Size) + j];
                }

                largest = Math.Max(largest, Math.Abs(exact - product[(i * Size) + j]));
            }
        }

        return largest;
    }

    private static ModelProto Product()
    {
        ValueInfoProto Matrix(string name) => new()
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor
                {
                    ElemType = OnnxTensorType.Float,
                    Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = Size }, new TensorShapeProto.Types.Dimension { DimValue = Size } } },
                },
            },
        };
        return new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } },
            Graph = new GraphProto
            {
                Name = "product",
                Input = { Matrix("a"), Matrix("b") },
                Output = { Matrix("y") },
                Node = { new NodeProto { OpType = "MatMul", Input = { "a", "b" }, Output = { "y" } } },
            },
        };
    }
}
