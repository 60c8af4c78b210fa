namespace Search.Merging;

/// <summary>Tensors in groups, each of which weighs the experts alike throughout.</summary>
/// <param name="Groups">By tensor: its group's name.</param>
internal sealed record GroupAssignment(IReadOnlyList<string> Groups)
{
    /// <summary>The groups' names in order; null for that of their first tensors.</summary>
    public IReadOnlyList<string>? Order { get; init; }

    /// <summary>The names of the coefficients that groups mix, in order; null where each group has coefficients of its own.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>By group's name: the sources that it mixes, as indices, and its share of each; the shares sum to 1.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<(int Source, double Share)>> Mixes { get; init; } = new Dictionary<string, IReadOnlyList<(int, double)>>();
}
