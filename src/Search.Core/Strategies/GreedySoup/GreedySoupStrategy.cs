namespace Search.Strategies.GreedySoup;

/// <summary>
/// The greedy soup (Wortsman et al. 2022, arXiv:2203.05482, recipe 1): experts are scored alone, then, the best first, each joins the
/// average if that makes it strictly better. In the order of a training run's checkpoints, without scoring them alone, that is adaptive SWA (Demir
/// et al. 2024, arXiv:2406.19092). Every group of tensors, a simplex constraint where the space has any, gets the same recipe.
/// </summary>
public sealed class GreedySoupStrategy : ISearchStrategy
{
    private readonly AskLedger _ledger;
    private readonly SearchSpace _space;
    private readonly IReadOnlyList<int[]> _groups;
    private readonly int _experts;
    private readonly Incumbent _incumbent;
    private readonly List<int> _soup = [];
    private readonly Queue<int> _waiting = new(); // experts in the order in which they are tried
    private readonly bool _ranks;
    private double _score = double.PositiveInfinity;

    /// <summary>Starts with the experts alone.</summary>
    /// <param name="space">What to search; its coefficients can be the experts' weights, from 0 to 1.</param>
    /// <param name="experts">How many consecutive coefficients belong to one group of tensors where no simplex constraint says so; at least 1.</param>
    /// <param name="order">In which order experts are tried.</param>
    /// <param name="weights">How many coefficients, from the first on, belong to such groups; null for all.</param>
    /// <exception cref="ArgumentException">The bounds do not hold 0 and 1, or the groups differ in size.</exception>
    public GreedySoupStrategy(SearchSpace space, int experts, SoupOrder order = SoupOrder.Score, int? weights = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(experts);
        _groups = WeightGroups.Of(space, experts, weights);
        _experts = _groups[0].Length;
        if (_groups.FirstOrDefault(group => group.Length != _experts) is { } uneven)
        {
            throw new ArgumentException($"greedy_soup needs as many experts in every group of coefficients, got groups of {_experts} and {uneven.Length}.", nameof(space));
        }

        if (_groups.SelectMany(group => group).Select(place => space.Coefficients[place]).FirstOrDefault(c => c.Lower > 0 || c.Upper < 1 || c.Kind != CoefficientKind.Float) is { } narrow)
        {
            throw new ArgumentException($"greedy_soup needs numbers with bounds that hold 0 and 1, got {narrow.Kind} [{narrow.Lower}, {narrow.Upper}] of coefficient '{narrow.Name}'.", nameof(space));
        }

        _space = space;
        _ledger = new AskLedger(space);
        _incumbent = new Incumbent(space);
        _ranks = order == SoupOrder.Score;
        for (int expert = 0; expert < _experts && !_ranks; expert++)
        {
            _waiting.Enqueue(expert);
        }
    }

    /// <inheritdoc/>
    public string Name => "greedy_soup";

    /// <inheritdoc/>
    public int PopulationSize => _ranks ? _experts : 1;

    /// <inheritdoc/>
    public string? StopReason { get; private set; }

    // Whether experts are being scored alone, before any joins.
    private bool RanksNow => _ranks && _ledger.Generation == 0;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var candidates = new List<Candidate>();
        int size = StopReason is not null ? 0 : RanksNow ? _experts : 1;
        while (candidates.Count < count && _ledger.Asked.Count < size)
        {
            candidates.Add(_ledger.Ask(Average(RanksNow ? [_ledger.Asked.Count] : [.. _soup, _waiting.Peek()])));
        }

        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        _incumbent.See(verdicts);
        if (_ledger.Asked.Count < (RanksNow ? _experts : 1) || _ledger.PendingCount > 0)
        {
            return;
        }

        if (RanksNow)
        {
            Rank();
        }
        else
        {
            int expert = _waiting.Dequeue();
            if (_ledger.Asked[0].Value < _score) // strictly: a tie adds nothing but experts
            {
                _soup.Add(expert);
                _score = _ledger.Asked[0].Value;
            }
        }

        if (_waiting.Count == 0)
        {
            StopReason = _soup.Count == 0 ? "greedy soup: every expert failed" : $"greedy soup: {_soup.Count} of {_experts} experts are in it";
        }

        _ledger.BeginGeneration();
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        _ledger.Read(observations);
        _incumbent.See(observations);
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _incumbent.Recommend();

    private void Rank()
    {
        foreach (AskedCandidate alone in _ledger.Ranking().Where(alone => alone.Objectives is not null))
        {
            _waiting.Enqueue(alone.Candidate.Index);
        }

        if (_waiting.TryDequeue(out int best))
        {
            _soup.Add(best);
            _score = _ledger.Asked[best].Value;
        }
    }

    // Equal weights of some experts, in every group.
    private double[] Average(IReadOnlyList<int> experts)
    {
        double[] coefficients = [.. _space.Coefficients.Select(coefficient => coefficient.Initial)];
        foreach (int[] group in _groups)
        {
            foreach ((int expert, int place) in group.Index())
            {
                coefficients[place] = experts.Contains(expert) ? 1.0 / experts.Count : 0;
            }
        }

        return _space.Encode(coefficients);
    }
}
