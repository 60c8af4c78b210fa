using Search.Checkpoints.Onnx;

namespace Search.Checkpoints;

/// <summary>What an ONNX graph takes, gives and computes, for people to read.</summary>
/// <param name="Producer">Who wrote the file.</param>
/// <param name="Opsets">Domain and version of each operator set, such as <c>ai.onnx 16</c>.</param>
/// <param name="Inputs">The inputs that have no initializer: name, type and shape.</param>
/// <param name="Outputs">The outputs: name, type and shape.</param>
/// <param name="Operators">How often each operator occurs, most often first.</param>
/// <param name="Initializers">Name, type and shape of each tensor the graph holds or points to, in the graph's order.</param>
public sealed record GraphSummary(
    string Producer,
    IReadOnlyList<string> Opsets,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    IReadOnlyList<KeyValuePair<string, int>> Operators,
    IReadOnlyList<(string Name, string Type, IReadOnlyList<long> Shape)> Initializers)
{
    /// <summary>The other files that tensors of the graph lie in, by full path, each once; a graph stripped of its weights names files that are not there.</summary>
    public IReadOnlyList<string> ExternalFiles { get; init; } = [];

    /// <summary>Reads a graph.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <exception cref="CheckpointFormatException">It is no ONNX model.</exception>
    public static GraphSummary Read(string path)
    {
        ModelProto model = OnnxModelFile.Load(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IEnumerable<TensorProto> constants = model.Graph.Node.SelectMany(node => node.Attribute).Select(attribute => attribute.T).OfType<TensorProto>();
        HashSet<string> initializers = [.. model.Graph.Initializer.Select(initializer => initializer.Name)];
        return new GraphSummary(
            $"{model.ProducerName} {model.ProducerVersion}".Trim(),
            [.. model.OpsetImport.Select(opset => $"{(opset.Domain.Length == 0 ? "ai.onnx" : opset.Domain)} {opset.Version}")],
            [.. model.Graph.Input.Where(input => !initializers.Contains(input.Name)).Select(Describe)],
            [.. model.Graph.Output.Select(Describe)],
            [.. model.Graph.Node.CountBy(node => node.OpType).OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal)],
            [.. model.Graph.Initializer.Select(tensor => (tensor.Name, TypeName(tensor.DataType), (IReadOnlyList<long>)[.. tensor.Dims]))])
        {
            ExternalFiles = [.. model.Graph.Initializer.Concat(constants).Where(OnnxTensorData.IsExternal)
                .SelectMany(tensor => tensor.ExternalData.Where(entry => entry.Key == "location")).Select(entry => Path.GetFullPath(entry.Value, folder)).Distinct()],
        };
    }

    private static string TypeName(int type) => OnnxTensorType.ToTensorType(type)?.ToString() ?? $"type {type}";

    private static string Describe(ValueInfoProto value)
    {
        TypeProto.Types.Tensor? tensor = value.Type?.TensorType;
        string type = tensor is null ? "?" : TypeName(tensor.ElemType);
        IEnumerable<string> dimensions = tensor?.Shape?.Dim.Select(dimension =>
            dimension.HasDimValue ? $"{dimension.DimValue}" : dimension.DimParam is { Length: > 0 } name ? name : "?") ?? ["…"];
        return $"{value.Name} {type} [{string.Join(", ", dimensions)}]";
    }
}
