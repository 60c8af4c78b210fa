namespace Search.Strategies.AdaMerging;

/// <summary>When a task no longer takes part in the search: once its score has not improved for a while.</summary>
public sealed record EarlyStop
{
    /// <summary>After how many checkpoints without an improvement; at least 1.</summary>
    /// <value>The default is 5.</value>
    public int Patience { get; init; } = 5;

    /// <summary>By how much a score must fall below the best so far to be an improvement; at least 0 and finite.</summary>
    /// <value>The default is 0.001.</value>
    public double Margin { get; init; } = 1e-3;
}
