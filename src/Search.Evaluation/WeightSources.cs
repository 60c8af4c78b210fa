using Search.Checkpoints;

namespace Search.Evaluation;

/// <summary>What is known of checkpoint tensors besides their names and shapes, to find them in a graph.</summary>
internal sealed record WeightSources
{
    /// <summary>The checkpoint whose values the graph may hold.</summary>
    /// <value>The default is null, for no search by values.</value>
    public Checkpoint? Base { get; init; }

    /// <summary>The checkpoints whose private tensors the graph may hold where the base has none of the name.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<Checkpoint> Experts { get; init; } = [];

    /// <summary>Regular expression to replacement, for checkpoint names that the graph lacks; the first that matches counts.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<KeyValuePair<string, string>> Rename { get; init; } = [];
}
