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

    /// <summary>What it was told; null before and for a failed candidate.</summary>
    public IReadOnlyList<double>? Objectives { get; private set; }

    /// <summary>The first objective; +∞ before it is told and for a failed candidate.</summary>
    public double Value => Objectives is null ? double.PositiveInfinity : Objectives[0];

    public void Tell(IReadOnlyList<double>? objectives)
    {
        IsTold = true;
        Objectives = objectives is null ? null : [.. objectives];
    }
}
