using Google.Protobuf.Collections;
using Search.Checkpoints.Onnx;

namespace Search.Evaluation;

/// <summary>Takes models of their own out of a graph.</summary>
internal static class GraphParts
{
    /// <summary>The values a node reads, those that its inner graphs take from outside included; "" for an optional one that is left out.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The names, among them what inner graphs make themselves, which no other node makes.</returns>
    public static IEnumerable<string> Reads(NodeProto node) => node.Input.Concat(
        node.Attribute.SelectMany(attribute => attribute.G is null ? attribute.Graphs : attribute.Graphs.Prepend(attribute.G))
            .SelectMany(graph => graph.Node.SelectMany(Reads).Concat(graph.Output.Select(output => output.Name))));

    /// <summary>The part of a model that leads from some values to others.</summary>
    /// <param name="model">The model, each node after those it reads from; not changed.</param>
    /// <param name="given">Values to begin at, beside the model's inputs.</param>
    /// <param name="outputs">The values wanted, none of them given.</param>
    /// <returns>A model with only the nodes, tensors and inputs that the outputs need.</returns>
    public static ModelProto Extract(ModelProto model, IReadOnlyList<ValueInfoProto> given, IReadOnlyList<string> outputs)
    {
        GraphProto whole = model.Graph;
        HashSet<string> begins = [.. given.Select(value => value.Name)];
        HashSet<string> wanted = [.. outputs];
        List<NodeProto> nodes = [];
        foreach (NodeProto node in whole.Node.Reverse().Where(node => node.Output.Any(output => wanted.Contains(output) && !begins.Contains(output))))
        {
            nodes.Add(node);
            wanted.UnionWith(Reads(node));
        }

        nodes.Reverse();
        HashSet<string> made = [.. nodes.SelectMany(node => node.Output).Except(outputs)];
        Dictionary<string, ValueInfoProto> declared = whole.Output.ToDictionary(output => output.Name, StringComparer.Ordinal);
        ModelProto part = model.Clone();
        Fill(part.Graph.Node, nodes);
        Fill(part.Graph.Initializer, whole.Initializer.Where(tensor => wanted.Contains(tensor.Name)));
        Fill(part.Graph.Input, given.Concat(whole.Input).Where(input => wanted.Contains(input.Name)));
        Fill(part.Graph.ValueInfo, whole.ValueInfo.Where(value => made.Contains(value.Name)));

        // The engine infers the type of an output that does not state it.
        Fill(part.Graph.Output, outputs.Select(output => declared.GetValueOrDefault(output) ?? new ValueInfoProto { Name = output }));
        return part;
    }

    private static void Fill<T>(RepeatedField<T> field, IEnumerable<T> items)
    {
        field.Clear();
        field.AddRange(items);
    }
}
