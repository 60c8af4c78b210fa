using Search.Results.Fronts;

namespace Search.Strategies.Fronts;

/// <summary>
/// MAP in pairs (Li et al. 2024, arXiv:2406.07529, §3.5): two experts are merged by the weights that compromise best between all objectives, then two of these
/// merges, and so on, so that no surface has more than two numbers. Every expert has one weight, whatever groups of tensors there are;
/// the last pair is searched to the end. Other people's trials do not lie on the planes that it searches and teach it nothing.
/// </summary>
public sealed class NestedMapStrategy : ISearchStrategy
{
    private const int LeastEvaluations = 12; // of a pair: twice the coefficients of its form
    private const int UsualEvaluations = 24; // of a pair where no budget is known
    private const double LongestScale = 2; // of what a pair found, in the pair that it is part of

    private readonly SearchSpace _space;
    private readonly AskLedger _ledger;
    private readonly int _objectives;
    private readonly MapOptions _options;
    private readonly int _evaluations;
    private readonly HashSet<int> _weights;
    private readonly Queue<double[]> _parts; // what is still to be merged: weights that count as one
    private readonly List<Candidate> _inner = []; // of the pair, by the place in the ledger
    private double[] _first = [];
    private double[] _second = [];
    private MapStrategy _pair;

    /// <summary>Starts with the first two experts.</summary>
    /// <param name="space">What to search; coefficients that weigh no expert stay at their initial values.</param>
    /// <param name="objectives">How many objectives candidates have; at least 2.</param>
    /// <param name="groups">For each group of tensors, the places of its experts' coefficients.</param>
    /// <param name="budget">How many evaluations it can count on, or null when that is not known.</param>
    /// <param name="options">The settings, of every pair.</param>
    /// <exception cref="ArgumentException">There are fewer than two experts, or a setting is out of its range.</exception>
    public NestedMapStrategy(SearchSpace space, int objectives, IReadOnlyList<int[]> groups, long? budget, MapOptions options)
    {
        int experts = groups.Max(group => group.Length);
        if (experts < 2)
        {
            throw new ArgumentException($"map merges experts in pairs where nested is true, and this space has {experts}: use nested: false.", nameof(groups));
        }

        (_space, _objectives, _options) = (space, objectives, options);
        _ledger = new AskLedger(space, objectives);
        _evaluations = budget is { } known ? (int)Math.Clamp(known / (experts - 1), LeastEvaluations, int.MaxValue) : UsualEvaluations;
        _weights = [.. groups.SelectMany(group => group)];
        _parts = new Queue<double[]>(Enumerable.Range(0, experts).Select(expert =>
        {
            double[] alone = new double[space.Dimension];
            foreach (int[] group in groups.Where(group => expert < group.Length))
            {
                alone[group[expert]] = 1;
            }

            return alone;
        }));
        _pair = Next();
    }

    /// <inheritdoc/>
    public string Name => "map";

    /// <inheritdoc/>
    public int PopulationSize => _options.PopulationSize;

    /// <inheritdoc/>
    public string? StopReason => null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _pair.Notes;

    private bool IsSpent => _parts.Count > 0 && _inner.Count >= _evaluations;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        IReadOnlyList<Candidate> inner = IsSpent ? [] : _pair.Ask(_parts.Count > 0 ? Math.Min(count, _evaluations - _inner.Count) : count);
        _inner.AddRange(inner);
        return [.. inner.Select(candidate => _ledger.Ask(_space.Encode(Sum(candidate.Coefficients[0], candidate.Coefficients[1]))))];
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        _pair.Tell([.. verdicts.Select(verdict => verdict with { Candidate = _inner[verdict.Candidate.Index] })]);
        if (!IsSpent || _ledger.PendingCount > 0)
        {
            return;
        }

        (Candidate Inner, double[] Objectives)[] scored = [.. _inner.Zip(_ledger.Asked).Where(one => one.Second.Objectives is not null).Select(one => (one.First, one.Second.Objectives!.ToArray()))];
        IReadOnlyList<double> best = [0.5, 0.5]; // where all have failed, the mean is as good as any
        if (scored.Length > 0)
        {
            var scale = new Scalarisation([.. scored.Select(one => one.Objectives)]);
            double[] equal = [.. Enumerable.Repeat(1.0 / _objectives, _objectives)];
            best = scored.MinBy(one => scale.Of(equal, one.Objectives)).Inner.Coefficients;
        }

        _parts.Enqueue(Sum(best[0], best[1], withOthers: false));
        _inner.Clear();
        _ledger.BeginGeneration();
        _pair = Next();
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations) => _ledger.Read(observations);

    /// <inheritdoc/>
    public Recommendation? Recommend() => null;

    private MapStrategy Next()
    {
        (_first, _second) = (_parts.Dequeue(), _parts.Dequeue());
        var space = new SearchSpace([Scale("first", _first), Scale("second", _second)]);
        return new MapStrategy(space, _objectives, [[1, 0], [0, 1], [0.5, 0.5]], _options with { Seed = unchecked(_options.Seed + (_ledger.Generation * 1_000_003L)) });
    }

    // How much of a part there may be, so that no weight leaves its bounds.
    private Coefficient Scale(string name, double[] part)
    {
        double lower = double.NegativeInfinity;
        double upper = part.All(weight => weight is 0 or 1) ? double.PositiveInfinity : LongestScale;
        double initial = 0;
        foreach ((Coefficient coefficient, double weight) in _space.Coefficients.Zip(part).Where(pair => pair.Second != 0))
        {
            (double low, double high) = (coefficient.Lower / weight, coefficient.Upper / weight);
            lower = Math.Max(lower, Math.Min(low, high));
            upper = Math.Min(upper, Math.Max(low, high));
            initial = coefficient.Initial / weight;
        }

        return lower < upper && double.IsFinite(upper - lower) ? new Coefficient(name, lower, upper, Math.Clamp(upper == LongestScale ? 1 : initial, lower, upper)) : new Coefficient(name, 0, 1, 1);
    }

    private double[] Sum(double first, double second, bool withOthers = true)
    {
        double[] sum = [.. _first.Zip(_second, (a, b) => (first * a) + (second * b))];
        return withOthers ? [.. sum.Select((value, i) => _weights.Contains(i) ? value : _space.Coefficients[i].Initial)] : sum;
    }
}
