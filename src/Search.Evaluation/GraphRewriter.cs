using Google.Protobuf.Collections;
using Search.Checkpoints.Onnx;

namespace Search.Evaluation;

/// <summary>
/// Turns a graph's weights into inputs, once a study, so that one session serves every candidate. Nodes, versions and every other tensor
/// stay as they are; only where private tensors differ between tasks are shapes that depend on them forgotten.
/// </summary>
internal static class GraphRewriter
{
    /// <summary>Rewrites a graph.</summary>
    /// <param name="graph">The study's graph; not changed.</param>
    /// <param name="binding">The places to be fed.</param>
    /// <param name="nodes">Graph outputs, node outputs or nodes (whose first output is meant) to make outputs too.</param>
    /// <returns>The rewritten graph.</returns>
    /// <exception cref="SearchException">There is no such node.</exception>
    public static FedGraph Rewrite(OnnxGraph graph, GraphBinding binding, params IReadOnlyList<string> nodes)
    {
        Dictionary<string, WeightBinding> fed = binding.All.ToDictionary(each => each.Input, StringComparer.Ordinal);
        string[] features = [.. nodes.Select(node => FindFeature(graph, node))];
        ModelProto model = graph.Model.Clone();
        MakeInputs(model.Graph, fed);
        if (binding.Private.Any(each => each.Shape.Contains(null)))
        {
            ForgetClassDimensions(model.Graph);
        }

        // The engine infers the type of an output that does not state it.
        model.Graph.Output.AddRange(features.Distinct().Except(model.Graph.Output.Select(output => output.Name)).Select(name => new ValueInfoProto { Name = name }));
        return new FedGraph(
            model,
            binding,
            [.. graph.Inputs.Where(input => !fed.ContainsKey(input.Name))],
            graph.Output,
            features,
            [.. model.Graph.Initializer.Where(IsFloatTensor).Select(initializer => initializer.Name).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Removes the values that a graph has in some places.</summary>
    /// <param name="graph">The graph to change.</param>
    /// <param name="isPlace">Whether a name is one of theirs.</param>
    public static void RemoveValues(GraphProto graph, Predicate<string> isPlace)
    {
        RemoveWhere(graph.Initializer, initializer => isPlace(initializer.Name));
        RemoveWhere(graph.Node, node => node.Output.Any(output => isPlace(output))); // constants
    }

    /// <summary>Forgets the shapes that the exporter wrote down for one head and that would contradict another's.</summary>
    /// <param name="graph">The graph to change.</param>
    public static void ForgetClassDimensions(GraphProto graph)
    {
        graph.ValueInfo.Clear();
        foreach (ValueInfoProto output in graph.Output)
        {
            if (output.Type?.TensorType?.Shape?.Dim is { Count: > 0 } dimensions)
            {
                dimensions[^1] = new TensorShapeProto.Types.Dimension();
            }
        }
    }

    private static string FindFeature(OnnxGraph graph, string name)
    {
        string[] values = [.. graph.Model.Graph.Output.Select(output => output.Name).Concat(graph.Model.Graph.Node.SelectMany(node => node.Output)).Where(value => value.Length > 0)];
        if (values.Contains(name))
        {
            return name;
        }

        return graph.Model.Graph.Node.FirstOrDefault(node => node.Name == name)?.Output[0] ?? throw new SearchException(
            $"{graph.Path}: there is no output and no node '{name}' to compare features at{NearestName.Hint(name, values.Concat(graph.Model.Graph.Node.Select(node => node.Name)))}.");
    }

    private static void MakeInputs(GraphProto graph, Dictionary<string, WeightBinding> fed)
    {
        RemoveValues(graph, fed.ContainsKey);
        Dictionary<string, ValueInfoProto> inputs = graph.Input.ToDictionary(input => input.Name, StringComparer.Ordinal);
        foreach ((string name, WeightBinding binding) in fed)
        {
            if (!inputs.TryGetValue(name, out ValueInfoProto? input))
            {
                input = new ValueInfoProto { Name = name };
                graph.Input.Add(input);
            }

            TensorShapeProto shape = new();
            shape.Dim.AddRange(binding.Shape.Select(dimension => dimension is long size ? new TensorShapeProto.Types.Dimension { DimValue = size } : new()));
            input.Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)binding.Type, Shape = shape } };
        }
    }

    private static bool IsFloatTensor(TensorProto initializer) =>
        TensorTypes.IsAnyFloat(TensorTypes.FromOnnx(initializer.DataType)) && initializer.Dims.Aggregate(1L, (product, dimension) => product * dimension) > 1;

    private static void RemoveWhere<T>(RepeatedField<T> items, Predicate<T> match)
    {
        T[] kept = [.. items.Where(item => !match(item))];
        items.Clear();
        items.AddRange(kept);
    }
}
