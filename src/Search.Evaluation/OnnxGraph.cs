using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>A study's graph as its file has it: which inputs it takes, which tensors it holds.</summary>
internal sealed class OnnxGraph
{
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
        Weights = FindWeights();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The parsed model; never changed.</summary>
    public ModelProto Model { get; }

    /// <summary>The tensors the graph holds, by name.</summary>
    public IReadOnlyDictionary<string, TensorProto> Initializers { get; }

    /// <summary>The inputs that have no value of their own, in the graph's order: data, and weights exported without values.</summary>
    public IReadOnlyList<GraphInput> Inputs { get; }

    /// <summary>
    /// The places that a checkpoint tensor could fill, by name, in the graph's order: inputs, initializers, the values of Constant nodes, and
    /// Identity nodes of these, which exporters leave where two tensors had the same values.
    /// </summary>
    public IReadOnlyDictionary<string, GraphWeight> Weights { get; }

    /// <summary>The output that is scored: the one named <c>logits</c>, else the first.</summary>
    public string Output => (Model.Graph.Output.FirstOrDefault(output => output.Name == "logits") ?? Model.Graph.Output[0]).Name;

    /// <summary>Reads a graph's file.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="SearchException">The file is missing or no ONNX model.</exception>
    public static OnnxGraph Load(string path) => new(path, OnnxModelFile.Load(path));

    private OrderedDictionary<string, GraphWeight> FindWeights()
    {
        OrderedDictionary<string, GraphWeight> weights = new(StringComparer.Ordinal);
        foreach (GraphInput input in Inputs)
        {
            weights[input.Name] = new GraphWeight(input, null, IsAlias: false);
        }

        foreach ((string name, TensorProto tensor) in Initializers)
        {
            weights[name] = new GraphWeight(Describe(name, tensor), tensor, IsAlias: false);
        }

        foreach (NodeProto node in Model.Graph.Node.Where(node => node.Domain is "" or "ai.onnx" && node.Output.Count == 1))
        {
            if (node.OpType == "Constant" && node.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T is { } value)
            {
                weights[node.Output[0]] = new GraphWeight(Describe(node.Output[0], value), value, IsAlias: false);
            }
            else if (node is { OpType: "Identity", Input.Count: 1 } && weights.TryGetValue(node.Input[0], out GraphWeight? source) && source.Values is not null)
            {
                weights[node.Output[0]] = new GraphWeight(source.Place with { Name = node.Output[0] }, source.Values, IsAlias: true);
            }
        }

        return weights;
    }

    private static GraphInput Describe(string name, TensorProto tensor) => new(name, TensorTypes.FromOnnx(tensor.DataType), [.. tensor.Dims.Select(dimension => (long?)dimension)]);

    private static GraphInput Describe(ValueInfoProto input)
    {
        TypeProto.Types.Tensor? tensor = input.Type?.TensorType;
        IReadOnlyList<long?>? dimensions = tensor?.Shape is null
            ? null
            : [.. tensor.Shape.Dim.Select(dimension => dimension.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue ? dimension.DimValue : (long?)null)];
        return new GraphInput(input.Name, tensor is null ? OrtElementType.Undefined : TensorTypes.FromOnnx(tensor.ElemType), dimensions);
    }
}
