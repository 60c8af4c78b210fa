namespace Search.Strategies.CmaEs;

/// <summary>
/// The covariance matrix adaptation evolution strategy and its relatives, in coordinates where every axis's range is [0, 1]: continuous
/// axes through <see cref="BoxTransform"/>, ordered cells with a margin, categories by their frequencies. Only ranks matter; ties are
/// broken by the order candidates were asked in, so that the order of telling does not.
/// </summary>
public sealed class CmaEsStrategy : ISearchStrategy
{
    private const double MaximalDeviation = 1.0 / 3; // of an axis's range: beyond it samples only wrap around the box
    private const double PriorShare = 0.3; // of restarts begin where the first run did, which in merging is a good place

    private readonly SearchSpace _space;
    private readonly AskLedger _ledger;
    private readonly CmaEsOptions _options;
    private readonly EvolutionVariant _variant;
    private readonly int[] _ordered; // the axes that the evolution strategy moves
    private readonly IReadOnlyList<(int Axis, CategoryDistribution Categories)> _categorical;
    private readonly IntegerMargin _margin;
    private readonly RunStart _start;
    private readonly double[] _values;
    private readonly List<(double[] Point, double Value)> _learned = [];
    private EvolutionSearch _search;

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space is not one that this kind can search.</exception>
    public CmaEsStrategy(SearchSpace space, CmaEsOptions options)
    {
        double widest = space.Coefficients.Max(coefficient => coefficient.Upper - coefficient.Lower);
        double sigma = (options.Sigma ?? (widest / 6)) / widest;
        if (!double.IsFinite(sigma) || sigma <= 0)
        {
            throw new ArgumentException($"Sigma must be positive and finite, got {options.Sigma}.", nameof(options));
        }

        if (options.PopulationSize is < 2)
        {
            throw new ArgumentException($"PopulationSize must be at least 2, got {options.PopulationSize}.", nameof(options));
        }

        (_space, _options) = (space, options);
        _ledger = new AskLedger(space);
        _variant = EvolutionVariant.Of(options);
        SearchAxis[] axes = [.. space.Axes];
        _ordered = [.. Enumerable.Range(0, axes.Length).Where(i => axes[i].IsOrdered)];
        int n = Math.Max(1, _ordered.Length); // a space of categories only leaves one number to move that means nothing
        if (n > _variant.MaximalDimension)
        {
            throw new ArgumentException(
                $"{_variant.Name} searches at most {_variant.MaximalDimension} free coefficients, got {n}: use vkd_cma_es, cr_fm_nes or sep_cma_es, whose cost a candidate grows with the number of coefficients and not with its square.",
                nameof(space));
        }

        int[] categorical = [.. Enumerable.Range(0, axes.Length).Where(i => !axes[i].IsOrdered)];
        _categorical = [.. categorical.Select(i => (i, new CategoryDistribution(axes[i].Levels, axes[i].Start, categorical.Length)))];
        _margin = new IntegerMargin([.. Enumerable.Range(0, n).Select(k => k < _ordered.Length ? axes[_ordered[k]].Levels : 0)]);
        _start = new RunStart(Coordinates([.. axes.Select(axis => axis.Start)]), Math.Min(sigma, MaximalDeviation)) { MaximalDeviation = MaximalDeviation };
        _values = new double[n];
        _search = Begin(_start);
    }

    /// <inheritdoc/>
    public string Name => _variant.Name;

    /// <inheritdoc/>
    public int PopulationSize => _search.Run.Lambda;

    /// <inheritdoc/>
    public string? StopReason => _search.StopReason;

    /// <summary>The step size σ, in fractions of an axis's range.</summary>
    public double Sigma => _search.Run.Sigma;

    /// <summary>How many runs followed the first.</summary>
    public int Restarts => _search.Restarts;

    /// <summary>Why the run before this one stopped, beginning with the criterion's name; null in the first.</summary>
    public string? LastStop => _search.LastStop;

    /// <summary>The centre of the distribution, in coefficient units.</summary>
    public IReadOnlyList<double> Mean => Decode(_search.Run.Mean);

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (StopReason is not null)
        {
            return [];
        }

        if (_ledger.Asked.Count == 0)
        {
            _search.Sample();
        }

        int end = (int)Math.Min((long)_ledger.Asked.Count + count, PopulationSize);
        var candidates = new List<Candidate>(end - _ledger.Asked.Count);
        for (int index = _ledger.Asked.Count; index < end; index++)
        {
            _search.Run.Point(index, _values);
            double[] point = Encode(_values);
            if (_categorical.Count > 0)
            {
                var rng = new Rng(_options.Seed, _search.Generation, -1 - index); // evolution strategies draw from the streams 0, 1, …
                foreach ((int axis, CategoryDistribution categories) in _categorical)
                {
                    point[axis] = categories.Draw(rng.NextUniform());
                }
            }

            candidates.Add(_ledger.Ask(point));
        }

        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        if (_ledger.Asked.Count < PopulationSize || _ledger.PendingCount > 0)
        {
            return;
        }

        LearnCategories();
        EvolutionRun run = _search.Run;
        _search.Tell([.. _ledger.Asked.Select(asked => asked.Value)], [.. _learned.OrderBy(one => one.Value).Take(Math.Max(1, run.Lambda / 4))]);
        _learned.Clear();
        if (_search.Run != run)
        {
            _margin.Reset();
        }

        _margin.Correct(_search.Run);
        _ledger.BeginGeneration();
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        _learned.AddRange(_ledger.Read(observations).Where(one => one.Objectives is not null).Select(one => (Coordinates(one.Point), one.Objectives![0])));
        if (_ledger.Asked.Count == 0 && _ledger.Generation == 0 && _learned.Count > 0)
        {
            RunStart learned = WarmStart.Of(_learned, _start, _options);
            _search = Begin(_space.KeepsStart ? learned with { Mean = _start.Mean } : learned);
        }
    }

    /// <inheritdoc/>
    public Recommendation? Recommend()
    {
        if (_ledger.ToldCount == 0)
        {
            return null;
        }

        (double[] mean, bool isAverage) = _search.Recommended() ?? (_search.Run.Mean, false);
        return new Recommendation(Decode(mean), isAverage ? "average of the last half's means" : "mean of the distribution", null);
    }

    private EvolutionSearch Begin(RunStart start)
    {
        int lambda = _options.PopulationSize ?? CmaEsConstants.DefaultLambda(start.Mean.Length);
        RestartSchedule restarts = _options.Restarts switch
        {
            CmaEsRestarts.Ipop => new IpopRestarts(),
            CmaEsRestarts.Bipop => new BipopRestarts(),
            _ => new NoRestarts(),
        };
        return new EvolutionSearch(_variant, start, lambda, restarts, RestartMean, _options.Seed, _options.PopulationSize is null);
    }

    private double[] RestartMean(Rng rng)
    {
        double choice = rng.NextUniform();
        return choice < PriorShare ? [.. _start.Mean] : Coordinates([.. Enumerable.Range(0, _space.Axes.Count).Select(_ => rng.NextUniform())]);
    }

    private void LearnCategories()
    {
        AskedCandidate[] better = [.. _ledger.Ranking().Take(PopulationSize / 2).Where(asked => asked.Objectives is not null)];
        if (_categorical.Count == 0 || better.Length == 0)
        {
            return;
        }

        CmaEsConstants constants = CmaEsConstants.Full(1, 2 * better.Length);
        int freedom = _categorical.Sum(one => _space.Axes[one.Axis].Levels - 1);
        double rate = constants.MuEff / (constants.MuEff + 5 + (2 * freedom)); // as a diagonal's c_μ for as many unknowns
        foreach ((int axis, CategoryDistribution categories) in _categorical)
        {
            categories.Learn([.. better.Select(asked => asked.Point[axis])], constants.Weights.AsSpan(0, better.Length), rate);
        }
    }

    // From points in [0, 1] to where the evolution strategy moves, and back.
    private double[] Coordinates(double[] point) => _ordered.Length == 0
        ? [0]
        : [.. _ordered.Select(axis => _space.Axes[axis].Levels > 0 ? point[axis] : BoxTransform.Invert(point[axis]))];

    private double[] Encode(ReadOnlySpan<double> coordinates)
    {
        double[] point = new double[_space.Axes.Count];
        for (int k = 0; k < _ordered.Length; k++)
        {
            int axis = _ordered[k];
            point[axis] = _space.Axes[axis].Levels > 0 ? _margin.Encode(k, coordinates[k], _search.Run.Mean[k]) : BoxTransform.Apply(coordinates[k]);
        }

        return point;
    }

    private double[] Decode(double[] mean)
    {
        double[] point = new double[_space.Axes.Count];
        for (int k = 0; k < _ordered.Length; k++)
        {
            int axis = _ordered[k];
            point[axis] = _space.Axes[axis].Levels > 0 ? Math.Clamp(mean[k], 0, 1) : BoxTransform.Apply(mean[k]);
        }

        foreach ((int axis, CategoryDistribution categories) in _categorical)
        {
            point[axis] = categories.Mode;
        }

        return _space.Decode(point);
    }
}
