using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// A study's graph on libtorch, cut where task-specific weights begin: the body is the same for all tasks, so one forward pass of their
/// examples together serves them all; the head is run for each task with its own tensors.
/// </summary>
internal sealed class TorchModel : IDisposable
{
    private readonly Dictionary<string, TorchTensor> _constants = new(StringComparer.Ordinal);
    private readonly TorchGraph _body;
    private readonly TorchGraph _head;
    private readonly string[] _rows; // values of the body that the head takes by examples
    private readonly int[] _headWeights; // merged weights that the head reads

    /// <summary>Reads the graph's constants and cuts it.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="binding">The weights' places in the graph, in the order in which passes are given them.</param>
    /// <param name="data">The data inputs' names.</param>
    /// <param name="outputs">The values wanted of each example: outputs of the graph or of any node.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="fuse">Whether known patterns run as one operator.</param>
    /// <exception cref="SearchException">An operator does not run here, a constant cannot be read, or an output is no value of the graph.</exception>
    public TorchModel(
        OnnxGraph graph, GraphBinding binding, IReadOnlyList<string> data, IReadOnlyList<string> outputs, string device, bool fuse = true)
    {
        string[] merged = [.. binding.Merged.Select(place => place.Input)];
        string[] privates = [.. binding.Private.Select(place => place.Input)];
        string folder = Path.GetDirectoryName(Path.GetFullPath(graph.Path))!;
        Dictionary<string, long> opsets = graph.Model.OpsetImport.GroupBy(import => import.Domain == "ai.onnx" ? "" : import.Domain).ToDictionary(import => import.Key, import => import.Max(each => each.Version), StringComparer.Ordinal);
        HashSet<string> fed = [.. merged, .. privates];
        OnnxNode[] nodes = [.. graph.Model.Graph.Node.Where(node => !node.Output.Any(fed.Contains)).Select(node => new OnnxNode(node, graph.Path, opsets.GetValueOrDefault(node.Domain == "ai.onnx" ? "" : node.Domain, 1)))];
        KernelList.RequireAll(nodes, graph.Path);
        foreach (Checkpoints.Onnx.TensorProto initializer in graph.Initializers.Values.Where(initializer => !fed.Contains(initializer.Name)))
        {
            _constants.Add(initializer.Name, TorchData.Read(initializer, folder));
        }

        var cut = new GraphCut(graph.Model.Graph, binding, data);
        string[] values = [.. nodes.SelectMany(node => node.Outputs).Concat(data)];
        if (outputs.FirstOrDefault(output => !values.Contains(output)) is { } unknown)
        {
            throw new SearchException($"{graph.Path}: no output of the graph or of a node is called '{unknown}'{NearestName.Hint(unknown, values)}.");
        }

        (_rows, string[] headWeights) = cut.HeadInputs(outputs);
        string[] shared = [.. headWeights.Where(merged.Contains)];
        _headWeights = [.. shared.Select(name => Array.IndexOf(merged, name))];
        _body = new TorchGraph(nodes, _constants, [.. merged, .. data], _rows, device, fuse);
        _head = new TorchGraph(nodes, _constants, [.. _rows, .. shared, .. privates], outputs, device, fuse);
    }

    /// <summary>How many nodes the last passes executed in body and head.</summary>
    public (int Body, int Head) PlannedNodes => (_body.Planned.Count, _head.Planned.Count);

    /// <summary>Whether tasks share any of the graph.</summary>
    public bool HasBody => _body.Nodes.Count > 0;

    /// <summary>Runs the part that all tasks share.</summary>
    /// <param name="weights">The merged weights, one a place.</param>
    /// <param name="data">One tensor a data input; first axis = examples.</param>
    /// <returns>What <see cref="Head"/> needs; the caller disposes it.</returns>
    public TorchTensor[] Body(ReadOnlySpan<TorchTensor> weights, ReadOnlySpan<TorchTensor> data) => _body.Run([.. weights, .. data]);

    /// <summary>Runs a task's own part on some of the body's examples.</summary>
    /// <param name="body">What <see cref="Body"/> gave.</param>
    /// <param name="first">The first example.</param>
    /// <param name="count">How many examples.</param>
    /// <param name="total">How many examples the body was given.</param>
    /// <param name="weights">The merged weights, one a place.</param>
    /// <param name="privates">The task's own tensors, one a place.</param>
    /// <returns>The outputs; the caller disposes them.</returns>
    /// <exception cref="EvaluationException">The body's values do not have the examples as their first axis.</exception>
    public TorchTensor[] Head(ReadOnlySpan<TorchTensor> body, long first, long count, long total, ReadOnlySpan<TorchTensor> weights, ReadOnlySpan<TorchTensor> privates)
    {
        List<TorchTensor> rows = [];
        try
        {
            for (int i = 0; i < body.Length; i++)
            {
                if (count == total)
                {
                    rows.Add(TorchLibrary.Call("alias", body[i]));
                    continue;
                }

                if (body[i].Sizes is not [long length, ..] || length % total != 0)
                {
                    throw new EvaluationException($"'{_rows[i]}' has the shape [{string.Join(", ", body[i].Shape)}] for {total} examples, so that a task's part of it cannot be told.");
                }

                rows.Add(TorchLibrary.Call("narrow", body[i], 0L, first * (length / total), count * (length / total)));
            }

            List<TorchTensor> inputs = [.. rows];
            foreach (int weight in _headWeights)
            {
                inputs.Add(weights[weight]);
            }

            return _head.Run([.. inputs, .. privates]);
        }
        finally
        {
            rows.ForEach(row => row.Dispose());
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _body.Dispose();
        _head.Dispose();
        foreach (TorchTensor constant in _constants.Values)
        {
            constant.Dispose();
        }
    }
}
