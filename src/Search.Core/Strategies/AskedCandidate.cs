namespace Search.Strategies;

/// <summary>A candidate in a strategy's <see cref="AskLedger"/>.</summary>
/// <param name="candidate">The candidate.</param>
/// <param name="point">What it was decoded from, one number in [0, 1] an axis.</param>
internal sealed class AskedCandidate(Candidate candidate, double[] point)
{
    public Candidate Candidate { get; } = candidate;

    public double[] Point { get; } = point;

    /// <summary>Whether its verdict is known.</summary>
    public bool IsTold { get; private set; }

    /// <summary>What it was told; null before and for a failed or pruned candidate.</summary>
    public IReadOnlyList<double>? Objectives { get; private set; }

    /// <summary>About what the first objective of a pruned candidate would be; null where nobody knows, and for others.</summary>
    public double? Estimate { get; private set; }

    /// <summary>The first objective, or about what it would be for a pruned candidate; +∞ before it is told, for a failed candidate, and where nobody knows.</summary>
    public double Value => Objectives?[0] ?? Estimate ?? double.PositiveInfinity;

    /// <summary>Whether it was told to have been stopped because it had already lost.</summary>
    public bool IsPruned { get; private set; }

    public void Tell(Verdict verdict)
    {
        IsTold = true;
        IsPruned = verdict.IsPruned;
        Estimate = verdict.Estimate;
        Objectives = verdict.Objectives is null ? null : [.. verdict.Objectives];
    }
}
