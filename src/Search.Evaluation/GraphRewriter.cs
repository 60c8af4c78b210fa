using Google.Protobuf;
using Google.Protobuf.Collections;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>
/// Turns a graph's weights into inputs, once a study, so that one session serves every candidate. Nodes, versions and every other tensor
/// stay as they are; only where private tensors differ between tasks are shapes that depend on them forgotten.
/// </summary>
internal static class GraphRewriter
{
    private const int MostListed = 20;

    /// <summary>Rewrites a graph.</summary>
    /// <param name="graph">The study's graph; not changed.</param>
    /// <param name="merged">The merged weights.</param>
    /// <param name="privates">The tensors each task's expert brings.</param>
    /// <param name="nodes">Graph outputs, node outputs or nodes (whose first output is meant) to make outputs too.</param>
    /// <returns>The rewritten graph.</returns>
    /// <exception cref="SearchException">A weight is missing in the graph, or has another shape or a type that cannot be fed; all of them are listed. Or there is no such node.</exception>
    public static FedGraph Rewrite(OnnxGraph graph, IReadOnlyList<WeightSlot> merged, IReadOnlyList<PrivateTensor> privates, params IReadOnlyList<string> nodes)
    {
        Dictionary<string, GraphInput> weights = FindWeights(graph);
        List<string> defects = [];
        Dictionary<string, OrtElementType> fed = new(StringComparer.Ordinal);
        Dictionary<string, IReadOnlyList<long?>> shapes = new(StringComparer.Ordinal);
        bool shapesVary = false;
        foreach (WeightSlot slot in merged)
        {
            if (Match(slot.Name, slot.Shape, weights, fixedShape: true, defects) is GraphInput weight)
            {
                fed.Add(slot.Name, weight.Type);
                shapes.Add(slot.Name, [.. slot.Shape.Select(dimension => (long?)dimension)]);
            }
        }

        foreach (PrivateTensor tensor in privates)
        {
            if (Match(tensor.Name, tensor.Shapes[0], weights, fixedShape: false, defects) is GraphInput weight)
            {
                fed.Add(tensor.Name, weight.Type);
                IReadOnlyList<long?> common = CommonShape(tensor.Shapes, weight);
                shapes.Add(tensor.Name, common);
                shapesVary |= common.Contains(null);
            }
        }

        if (defects.Count > 0)
        {
            throw Mismatch(graph.Path, defects);
        }

        string[] features = [.. nodes.Select(node => FindFeature(graph, node))];
        ModelProto model = graph.Model.Clone();
        MakeInputs(model.Graph, fed, shapes);
        if (shapesVary)
        {
            ForgetClassDimensions(model.Graph);
        }

        // The engine infers the type of an output that does not state it.
        model.Graph.Output.AddRange(features.Distinct().Except(model.Graph.Output.Select(output => output.Name)).Select(name => new ValueInfoProto { Name = name }));
        return new FedGraph(
            model.ToByteArray(),
            fed,
            [.. graph.Inputs.Where(input => !fed.ContainsKey(input.Name))],
            graph.Output,
            features,
            [.. model.Graph.Initializer.Where(IsFloatTensor).Select(initializer => initializer.Name).Order(StringComparer.Ordinal)]);
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

    // Everything of the graph that a checkpoint tensor could stand for: initializers, and inputs exported without values.
    private static Dictionary<string, GraphInput> FindWeights(OnnxGraph graph)
    {
        Dictionary<string, GraphInput> weights = graph.Inputs.ToDictionary(input => input.Name, StringComparer.Ordinal);
        foreach (TensorProto initializer in graph.Initializers.Values)
        {
            weights[initializer.Name] = new GraphInput(initializer.Name, TensorTypes.FromOnnx(initializer.DataType), [.. initializer.Dims.Select(dimension => (long?)dimension)]);
        }

        return weights;
    }

    private static GraphInput? Match(string name, IReadOnlyList<long> shape, Dictionary<string, GraphInput> weights, bool fixedShape, List<string> defects)
    {
        string text = $"[{string.Join(", ", shape)}]";
        if (!weights.TryGetValue(name, out GraphInput? weight))
        {
            defects.Add($"'{name}' {text}: the graph has no tensor of this name{NearestName.Hint(name, weights.Keys)}");
            return null;
        }

        bool sameShape = weight.Dimensions is null
            || (weight.Dimensions.Count == shape.Count && (!fixedShape || weight.Dimensions.Zip(shape).All(pair => pair.First is null || pair.First == pair.Second)));
        if (!sameShape)
        {
            defects.Add($"'{name}' {text}: the graph's tensor has the shape {weight.ShapeText}");
            return null;
        }

        if (weight.Type is not (OrtElementType.Float or OrtElementType.Float16))
        {
            defects.Add($"'{name}' {text}: the graph's tensor holds {TensorTypes.Name(weight.Type)}; only float32 and float16 weights can be fed");
            return null;
        }

        return weight;
    }

    // A dimension stays fixed where the graph and all tasks agree.
    private static IReadOnlyList<long?> CommonShape(IReadOnlyList<IReadOnlyList<long>> shapes, GraphInput weight) =>
        [.. shapes[0].Select((dimension, axis) => shapes.All(shape => shape[axis] == dimension) && (weight.Dimensions?[axis] ?? dimension) == dimension ? dimension : (long?)null)];

    private static void MakeInputs(GraphProto graph, Dictionary<string, OrtElementType> fed, Dictionary<string, IReadOnlyList<long?>> shapes)
    {
        RemoveWhere(graph.Initializer, initializer => fed.ContainsKey(initializer.Name));
        Dictionary<string, ValueInfoProto> inputs = graph.Input.ToDictionary(input => input.Name, StringComparer.Ordinal);
        foreach ((string name, OrtElementType type) in fed)
        {
            if (!inputs.TryGetValue(name, out ValueInfoProto? input))
            {
                input = new ValueInfoProto { Name = name };
                graph.Input.Add(input);
            }

            TensorShapeProto shape = new();
            shape.Dim.AddRange(shapes[name].Select(dimension => dimension is long size ? new TensorShapeProto.Types.Dimension { DimValue = size } : new()));
            input.Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } };
        }
    }

    // Shapes the exporter wrote down for one head would contradict another's.
    private static void ForgetClassDimensions(GraphProto graph)
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

    private static bool IsFloatTensor(TensorProto initializer) =>
        TensorTypes.IsAnyFloat(TensorTypes.FromOnnx(initializer.DataType)) && initializer.Dims.Aggregate(1L, (product, dimension) => product * dimension) > 1;

    private static void RemoveWhere<T>(RepeatedField<T> items, Predicate<T> match)
    {
        T[] kept = [.. items.Where(item => !match(item))];
        items.Clear();
        items.AddRange(kept);
    }

    private static SearchException Mismatch(string path, List<string> defects)
    {
        string list = string.Concat(defects.Take(MostListed).Select(defect => $"{Environment.NewLine}  {defect}"));
        string rest = defects.Count > MostListed ? $"{Environment.NewLine}  … and {defects.Count - MostListed} more" : string.Empty;
        return new SearchException($"{path}: {defects.Count} of the checkpoints' tensors do not fit the graph:{list}{rest}");
    }
}
