using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>A study's graph as its file has it: which inputs it takes, which tensors it holds.</summary>
internal sealed class OnnxGraph
{
    private const int ExternalLocation = 1;

    /// <summary>Indexes a model.</summary>
    /// <param name="path">The file, for errors and for tensors kept in other files.</param>
    /// <param name="model">The parsed model; never changed.</param>
    /// <exception cref="CheckpointFormatException">The model has two initializers of one name.</exception>
    public OnnxGraph(string path, ModelProto model)
    {
        Path = path;
        Model = model;
        Dictionary<string, TensorProto> initializers = new(StringComparer.Ordinal);
        foreach (TensorProto initializer in model.Graph.Initializer)
        {
            if (!initializers.TryAdd(initializer.Name, initializer))
            {
                throw new CheckpointFormatException(path, "two initializers have this name.", initializer.Name);
            }
        }

        Initializers = initializers;
        Inputs = [.. model.Graph.Input.Where(input => !initializers.ContainsKey(input.Name)).Select(Describe)];
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The parsed model; never changed.</summary>
    public ModelProto Model { get; }

    /// <summary>The tensors the graph holds, by name.</summary>
    public IReadOnlyDictionary<string, TensorProto> Initializers { get; }

    /// <summary>The inputs that have no value of their own, in the graph's order: data, and weights exported without values.</summary>
    public IReadOnlyList<GraphInput> Inputs { get; }

    /// <summary>The output that is scored: the one named <c>logits</c>, else the first.</summary>
    public string Output => (Model.Graph.Output.FirstOrDefault(output => output.Name == "logits") ?? Model.Graph.Output[0]).Name;

    /// <summary>Whether an initializer's elements lie in another file.</summary>
    /// <param name="initializer">The initializer.</param>
    public static bool IsExternal(TensorProto initializer) => initializer.DataLocation == ExternalLocation;

    /// <summary>Reads a graph's file.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="SearchException">The file is missing or no ONNX model.</exception>
    public static OnnxGraph Load(string path) => new(path, OnnxModelFile.Load(path));

    private static GraphInput Describe(ValueInfoProto input)
    {
        TypeProto.Types.Tensor? tensor = input.Type?.TensorType;
        IReadOnlyList<long?>? dimensions = tensor?.Shape is null
            ? null
            : [.. tensor.Shape.Dim.Select(dimension => dimension.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue ? dimension.DimValue : (long?)null)];
        return new GraphInput(input.Name, tensor is null ? OrtElementType.Undefined : TensorTypes.FromOnnx(tensor.ElemType), dimensions);
    }
}
