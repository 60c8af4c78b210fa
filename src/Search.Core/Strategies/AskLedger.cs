namespace Search.Strategies;

/// <summary>
/// The candidates of a strategy's current generation, in the order they were asked for: which are pending, which were told what. It checks
/// what a strategy is told, all of it before any of it counts. A strategy without generations simply never begins a new one.
/// </summary>
/// <param name="space">What candidates are decoded by.</param>
/// <param name="objectives">How many objectives a verdict has.</param>
internal sealed class AskLedger(SearchSpace space, int objectives = 1)
{
    private readonly List<AskedCandidate> _asked = [];

    /// <summary>The number of the current generation, from 0.</summary>
    public int Generation { get; private set; }

    /// <summary>The current generation in the order of asking; a candidate's index is its place.</summary>
    public IReadOnlyList<AskedCandidate> Asked => _asked;

    /// <summary>How many of the current generation have not been told.</summary>
    public int PendingCount { get; private set; }

    /// <summary>How many candidates were told over all generations, failed ones included.</summary>
    public long ToldCount { get; private set; }

    /// <summary>Adds a candidate to the current generation.</summary>
    /// <param name="point">One number in [0, 1] an axis; kept.</param>
    /// <returns>The candidate, now pending.</returns>
    public Candidate Ask(double[] point)
    {
        var candidate = new Candidate(Generation, _asked.Count, space.Decode(point));
        _asked.Add(new AskedCandidate(candidate, point));
        PendingCount++;
        return candidate;
    }

    /// <summary>Adds to a generation whose size is known.</summary>
    /// <param name="count">How many candidates at most; positive.</param>
    /// <param name="size">How many the generation has in all.</param>
    /// <param name="point">The point of each place in it.</param>
    /// <returns>The candidates; none once all were asked for.</returns>
    public IReadOnlyList<Candidate> Ask(int count, int size, Func<int, double[]> point)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var candidates = new List<Candidate>();
        while (candidates.Count < count && _asked.Count < size)
        {
            candidates.Add(Ask(point(_asked.Count)));
        }

        return candidates;
    }

    /// <summary>Records verdicts on pending candidates of the current generation: all of them or, when one is refused, none.</summary>
    /// <param name="verdicts">The verdicts, in any order; not kept.</param>
    /// <exception cref="ArgumentException">A candidate is not pending or not as it was asked, or its objectives are of the wrong number or not finite.</exception>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        var seen = new HashSet<int>(verdicts.Count);
        foreach (Verdict verdict in verdicts)
        {
            Candidate candidate = verdict.Candidate;
            bool isAsked = candidate.Generation == Generation && candidate.Index >= 0 && candidate.Index < _asked.Count;
            if (!isAsked || _asked[candidate.Index].IsTold || !seen.Add(candidate.Index))
            {
                throw new ArgumentException($"Candidate {candidate.Index} of generation {candidate.Generation} was not asked for or was told before.", nameof(verdicts));
            }

            IReadOnlyList<double> coefficients = _asked[candidate.Index].Candidate.Coefficients;
            if (!ReferenceEquals(coefficients, candidate.Coefficients) && !coefficients.SequenceEqual(candidate.Coefficients))
            {
                throw new ArgumentException($"Candidate {candidate.Index} of generation {candidate.Generation} has other coefficients than were asked.", nameof(verdicts));
            }

            Check(verdict.Objectives, $"Candidate {candidate.Index} of generation {candidate.Generation}", nameof(verdicts));
        }

        foreach (Verdict verdict in verdicts)
        {
            _asked[verdict.Candidate.Index].Tell(verdict);
        }

        PendingCount -= verdicts.Count;
        ToldCount += verdicts.Count;
    }

    /// <summary>Forgets the current generation and opens the next.</summary>
    public void BeginGeneration()
    {
        Generation++;
        PendingCount = 0;
        _asked.Clear();
    }

    /// <summary>The told candidates by their first objective, best first, pruned ones by their estimates; ties by the order of asking, then pruned ones without, failed ones last.</summary>
    public AskedCandidate[] Ranking() =>
        [.. _asked.Where(asked => asked.IsTold).OrderBy(asked => asked.Value).ThenByDescending(asked => asked.IsPruned).ThenBy(asked => asked.Candidate.Index)];

    /// <summary>Checks other people's trials and finds their points, as <see cref="ISearchStrategy.Learn"/> needs them.</summary>
    /// <param name="observations">The trials.</param>
    /// <returns>For each trial its point, one number in [0, 1] an axis, and its objectives, null when it failed.</returns>
    /// <exception cref="ArgumentException">Coefficients or objectives are of the wrong number or not finite.</exception>
    public IReadOnlyList<(double[] Point, IReadOnlyList<double>? Objectives)> Read(IReadOnlyList<Observation> observations)
    {
        foreach ((int index, Observation observation) in observations.Index())
        {
            Check(observation.Objectives, $"Observation {index}", nameof(observations));
        }

        return [.. observations.Select(observation => (space.Encode(observation.Coefficients), observation.Objectives))];
    }

    private void Check(IReadOnlyList<double>? values, string place, string parameter)
    {
        if (values is not null && (values.Count != objectives || !values.All(double.IsFinite)))
        {
            throw new ArgumentException($"{place} needs {objectives} finite objective{(objectives == 1 ? "" : "s")}, got [{string.Join(", ", values)}].", parameter);
        }
    }
}
