using Search.Checkpoints;
using Search.Evaluation.Torch;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>A model that Graphs/export.py wrote, with two sets of inputs and what PyTorch gives for them.</summary>
internal sealed class ExportedGraph : IDisposable
{
    private readonly OnnxGraph _graph;
    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, TorchTensor> _constants;
    private readonly TorchGraph _runner;
    private readonly TorchTensor[] _weights;

    /// <summary>Loads a model.</summary>
    /// <param name="name">Its name, or the path of one elsewhere, without an extension.</param>
    /// <param name="fuse">Whether known patterns run as one operator.</param>
    public ExportedGraph(string name, bool fuse = true)
    {
        _graph = OnnxGraph.Load(Path.Combine(Folder, $"{name}.onnx"));
        _file = SafetensorsFile.OpenFile(Path.ChangeExtension(_graph.Path, "safetensors"));
        Dictionary<string, TorchTensor> initializers = _graph.Initializers.ToDictionary(each => each.Key, each => TorchData.Read(each.Value, Folder));
        Weights = [.. _file.Tensors.Where(tensor => tensor.Name.StartsWith("0/gradient/", StringComparison.Ordinal)).Select(tensor => tensor.Name["0/gradient/".Length..])];
        _weights = [.. Weights.Select(weight => initializers[weight])];
        _constants = initializers.Where(each => !Weights.Contains(each.Key)).ToDictionary();
        long opset = _graph.Model.OpsetImport.Single().Version;
        OnnxNode[] nodes = [.. _graph.Model.Graph.Node.Select(node => new OnnxNode(node, _graph.Path, opset))];
        KernelList.RequireAll(nodes, _graph.Path);
        _runner = new TorchGraph(nodes, _constants, [.. Weights, .. _graph.Inputs.Select(input => input.Name)], [_graph.Output], "cpu", fuse);
    }

    /// <summary>All models' names.</summary>
    public static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.onnx").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    /// <summary>The weights by which derivatives are known.</summary>
    public IReadOnlyList<string> Weights { get; }

    /// <summary>The nodes run last, after folding and fusing.</summary>
    public IReadOnlyList<OnnxNode> Planned => _runner.Planned;

    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Graphs");

    /// <summary>What PyTorch gives.</summary>
    /// <param name="set">0 or 1.</param>
    public double[] Expected(int set) => Read($"{set}/output");

    /// <summary>The derivative that PyTorch gives.</summary>
    /// <param name="set">0 or 1.</param>
    /// <param name="weight">By which weight.</param>
    public double[] ExpectedGradient(int set, string weight) => Read($"{set}/gradient/{weight}");

    /// <summary>Reads inputs.</summary>
    /// <param name="set">0 or 1.</param>
    /// <returns>The inputs in the graph's order; the caller disposes them.</returns>
    public TorchTensor[] Inputs(int set) => [.. _graph.Inputs.Select(input => TorchData.Wrap(Values(Input(set, input), input), [.. Input(set, input).Shape]))];

    /// <summary>Runs the model on libtorch.</summary>
    /// <param name="inputs">The inputs in the graph's order.</param>
    /// <returns>The output; the caller disposes it.</returns>
    public TorchTensor Run(TorchTensor[] inputs) => _runner.Run([.. _weights, .. inputs])[0];

    /// <summary>Runs the model on libtorch.</summary>
    /// <param name="set">Which inputs.</param>
    public double[] Run(int set)
    {
        TorchLibrary.RecordGradients(false);
        using TorchTensor output = Run(set, _weights);
        return TorchData.Doubles(output);
    }

    /// <summary>Differentiates sum(output · cos(1 + index)) by every weight of <see cref="Weights"/>.</summary>
    /// <param name="set">Which inputs.</param>
    public Dictionary<string, double[]> Gradients(int set)
    {
        Dictionary<string, double[]> gradients = [];
        using GradientWatch watch = new((index, gradient) =>
        {
            using (gradient)
            {
                gradients[Weights[index]] = TorchData.Doubles(gradient);
            }
        });
        TorchLibrary.RecordGradients(true);
        TorchTensor[] watched = [.. _weights.Select(watch.Watch)];
        using TorchTensor output = Run(set, watched);
        using TorchTensor shares = TorchTensor.Wrap<float>(Enumerable.Range(1, (int)output.ElementCount).Select(i => MathF.Cos(i)).ToArray(), output.Sizes);
        using TorchTensor weighed = TorchLibrary.Call("mul.Tensor", output, shares);
        using TorchTensor sum = TorchLibrary.Call("sum", weighed);
        watch.Backward(sum);
        Array.ForEach(watched, tensor => tensor.Dispose());
        return gradients;
    }

    /// <summary>Runs the model on onnxruntime.</summary>
    /// <param name="library">The library.</param>
    /// <param name="set">Which inputs.</param>
    public double[] RunOnOnnxRuntime(OnnxRuntimeLibrary library, int set)
    {
        using OrtSession session = library.CreateSession(File.ReadAllBytes(_graph.Path), new OrtSessionSettings { Threads = 1 });
        using OrtBinding binding = session.CreateBinding();
        foreach (GraphInput input in _graph.Inputs)
        {
            TensorInfo tensor = Input(set, input);
            using OrtTensor value = OrtTensors.Wrap(library, Values(tensor, input), [.. tensor.Shape]);
            binding.BindInput(input.Name, value);
        }

        binding.BindOutput(_graph.Output);
        session.Run(binding);
        using OrtTensor output = binding.TakeOutputs()[0];
        return Array.ConvertAll(output.Read<float>().ToArray(), value => (double)value);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _runner.Dispose();
        _file.Dispose();
        foreach (TorchTensor tensor in _constants.Values.Concat(_weights))
        {
            tensor.Dispose();
        }
    }

    private TorchTensor Run(int set, TorchTensor[] weights)
    {
        TorchTensor[] inputs = Inputs(set);
        TorchTensor output = _runner.Run([.. weights, .. inputs])[0];
        Array.ForEach(inputs, input => input.Dispose());
        return output;
    }

    private TensorInfo Input(int set, GraphInput input) => _file.Find($"{set}/input/{input.Name}")!;

    private Array Values(TensorInfo tensor, GraphInput input) => TensorReader.Read(_file, tensor, 0, (int)tensor.ElementCount, input.Type, null);

    private double[] Read(string name)
    {
        TensorInfo tensor = _file.Find(name)!;
        return Array.ConvertAll(TensorReader.ReadFloats(_file, tensor, 0, (int)tensor.ElementCount, null), value => (double)value);
    }
}
