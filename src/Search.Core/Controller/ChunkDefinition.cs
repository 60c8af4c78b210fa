namespace Search.Controller;

/// <summary>How a study refines the groups of tensors that share coefficients: said group by group, or decided from what another run found.</summary>
public sealed record ChunkDefinition
{
    /// <summary>Into how many chunks, each with coefficients of its own, groups are cut, by the group's name; those left out stay whole.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; init; } = new Dictionary<string, int>();

    /// <summary>Groups that are merged with fixed weights instead of searched ones, by the group's name: one an expert.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Fixed { get; init; } = new Dictionary<string, IReadOnlyList<double>>();

    /// <summary>The run directory whose found model decides both, or null where they are said.</summary>
    public string? Run { get; init; }

    /// <summary>Coefficients an expert in all, over the number of groups; positive.</summary>
    public double Budget { get; init; } = 1;

    /// <summary>How much more the important groups get: 0 for all alike, 1 for in proportion.</summary>
    public double Steepness { get; init; } = 1;
}
