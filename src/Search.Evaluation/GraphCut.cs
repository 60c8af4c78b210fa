using Search.Checkpoints.Onnx;

namespace Search.Evaluation;

/// <summary>Says which values of a graph depend on the data, and where its task-specific part begins.</summary>
internal sealed class GraphCut
{
    private readonly Dictionary<string, NodeProto> _makers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fed;
    private readonly HashSet<string> _own = new(StringComparer.Ordinal); // depends on a task-specific tensor
    private readonly HashSet<string> _data = new(StringComparer.Ordinal); // depends on the data's elements, not on shapes only

    /// <summary>Follows the graph's edges.</summary>
    /// <param name="graph">The graph, each node after those it reads from.</param>
    /// <param name="binding">The weights that are fed, merged and task-specific; nodes that make one are passed over.</param>
    /// <param name="data">The data inputs.</param>
    public GraphCut(GraphProto graph, GraphBinding binding, IEnumerable<string> data)
    {
        _fed = [.. binding.All.Select(place => place.Input)];
        _own.UnionWith(binding.Private.Select(place => place.Input));
        _data.UnionWith(data);
        foreach (NodeProto node in graph.Node.Where(node => !node.Output.Any(_fed.Contains)))
        {
            string[] read = [.. GraphParts.Reads(node)];
            bool own = read.Any(_own.Contains);
            bool fromData = node.OpType is not ("Shape" or "Size") && read.Any(_data.Contains);
            foreach (string output in node.Output.Where(output => output.Length > 0))
            {
                _makers[output] = node;
                _ = own && _own.Add(output);
                _ = fromData && _data.Add(output);
            }
        }
    }

    /// <summary>What the task-specific part reads of the shared one.</summary>
    /// <param name="outputs">The values wanted.</param>
    /// <returns>Values with one row an example, and the fed weights it reads itself.</returns>
    public (string[] Rows, string[] Weights) HeadInputs(IReadOnlyList<string> outputs)
    {
        List<string> rows = [];
        List<string> weights = [];
        HashSet<string> seen = [];
        Stack<string> open = new(outputs.Reverse());
        while (open.TryPop(out string? value))
        {
            if (value.Length == 0 || !seen.Add(value))
            {
                continue;
            }

            if (_fed.Contains(value))
            {
                weights.Add(value);
            }
            else if (_data.Contains(value) && !_own.Contains(value))
            {
                rows.Add(value);
            }
            else if (_makers.TryGetValue(value, out NodeProto? maker))
            {
                // Of the task's own, or cheap to make again for these examples: a shape, or a weight turned over.
                foreach (string input in GraphParts.Reads(maker))
                {
                    open.Push(input);
                }
            }
        }

        return ([.. rows], [.. weights]);
    }
}
