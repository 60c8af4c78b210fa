namespace Search.Evaluation.Torch;

/// <summary>Says which values of a graph depend on the data, and where its task-specific part begins.</summary>
internal sealed class GraphCut
{
    private readonly Dictionary<string, OnnxNode> _makers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fed;
    private readonly HashSet<string> _own = new(StringComparer.Ordinal); // depends on a task-specific tensor
    private readonly HashSet<string> _data = new(StringComparer.Ordinal); // depends on the data's elements, not on shapes only

    /// <summary>Follows the graph's edges.</summary>
    /// <param name="nodes">All nodes, each after those it reads from.</param>
    /// <param name="fed">Every weight that is fed, merged or task-specific.</param>
    /// <param name="privates">The task-specific ones.</param>
    /// <param name="data">The data inputs.</param>
    public GraphCut(IReadOnlyList<OnnxNode> nodes, IReadOnlySet<string> fed, IEnumerable<string> privates, IEnumerable<string> data)
    {
        _fed = [.. fed];
        _own.UnionWith(privates);
        _data.UnionWith(data);
        foreach (OnnxNode node in nodes)
        {
            bool own = node.Inputs.Any(_own.Contains);
            bool fromData = node.Type is not ("Shape" or "Size") && node.Inputs.Any(_data.Contains);
            foreach (string output in node.Outputs.Where(output => output.Length > 0))
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
            else if (_makers.TryGetValue(value, out OnnxNode? maker))
            {
                // Of the task's own, or cheap to make again for these examples: a shape, or a weight turned over.
                foreach (string input in maker.Inputs)
                {
                    open.Push(input);
                }
            }
        }

        return ([.. rows], [.. weights]);
    }
}
