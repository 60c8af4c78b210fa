namespace Search.Strategies.Sampling;

/// <summary>Proposes a fixed sequence of points, whatever it is told, and recommends the best of them where there is one objective.</summary>
internal sealed class SamplingStrategy(SearchSpace space, ISampling sampling, int objectives) : ISearchStrategy
{
    private const int Batch = 64; // a sequence has no generations: any number suits it

    private readonly AskLedger _ledger = new(space, objectives);
    private readonly Incumbent _incumbent = new(space);

    /// <inheritdoc/>
    public string Name => sampling.Name;

    /// <inheritdoc/>
    public int PopulationSize => (int)Math.Min(Batch, sampling.Count ?? Batch);

    /// <inheritdoc/>
    public string? StopReason => _ledger.Asked.Count == sampling.Count ? $"{Name}: all {sampling.Count} points were proposed" : null;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var candidates = new List<Candidate>();
        while (candidates.Count < count && StopReason is null)
        {
            candidates.Add(_ledger.Ask(sampling.Point(_ledger.Asked.Count)));
        }

        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        _incumbent.See(verdicts);
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        _ledger.Read(observations);
        _incumbent.See(observations);
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => objectives == 1 ? _incumbent.Recommend() : null;
}
