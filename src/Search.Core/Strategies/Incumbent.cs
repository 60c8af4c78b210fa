namespace Search.Strategies;

/// <summary>The best trial that a strategy knows, the earliest asked for of equals: what strategies without a model recommend.</summary>
/// <param name="space">The space, which other people's trials may miss a little.</param>
internal sealed class Incumbent(SearchSpace space)
{
    private IReadOnlyList<double>? _coefficients;
    private (int Generation, int Index) _order;

    /// <summary>Its objective; +∞ before any.</summary>
    public double Objective { get; private set; } = double.PositiveInfinity;

    /// <summary>Considers candidates, in any order.</summary>
    /// <param name="verdicts">What was told of them.</param>
    public void See(IReadOnlyList<Verdict> verdicts)
    {
        foreach (Verdict verdict in verdicts)
        {
            See([.. verdict.Candidate.Coefficients], verdict.Objectives, (verdict.Candidate.Generation, verdict.Candidate.Index));
        }
    }

    /// <summary>Considers other people's trials, which come before all of one's own.</summary>
    /// <param name="observations">The trials.</param>
    public void See(IReadOnlyList<Observation> observations)
    {
        foreach (Observation observation in observations)
        {
            See(space.Decode(space.Encode(observation.Coefficients)), observation.Objectives, (-1, 0));
        }
    }

    /// <summary>The incumbent as a recommendation, or null before any.</summary>
    public Recommendation? Recommend() => _coefficients is null ? null : new Recommendation(_coefficients, "best observed", null);

    private void See(IReadOnlyList<double> coefficients, IReadOnlyList<double>? objectives, (int Generation, int Index) order)
    {
        if (objectives is not null && (objectives[0] < Objective || (objectives[0] == Objective && order.CompareTo(_order) < 0)))
        {
            (_coefficients, Objective, _order) = (coefficients, objectives[0], order);
        }
    }
}
