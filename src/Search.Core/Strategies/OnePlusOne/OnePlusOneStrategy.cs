namespace Search.Strategies.OnePlusOne;

/// <summary>
/// The (1+1) evolution strategy: one parent, one child, the better lives on, and the step size follows the rate of success (Rechenberg
/// 1973; the smooth rule of Kern et al. 2004, section 2). Bounded by <see cref="BoxTransform"/>; a child as good as its parent replaces it.
/// </summary>
public sealed class OnePlusOneStrategy : ISearchStrategy
{
    private const double MaximalDeviation = 1.0 / 3; // of an axis
    private const double TargetRate = 0.2; // one success in five
    private const double Tolerance = 1e-12; // of an axis

    private readonly SearchSpace _space;
    private readonly AskLedger _ledger;
    private readonly IReadOnlyList<SearchAxis> _axes;
    private readonly long _seed;
    private readonly Incumbent _incumbent;
    private readonly double _damping;
    private double[] _parent; // before the transform
    private double[] _child;
    private double _parentObjective = double.PositiveInfinity;
    private double _sigma;
    private bool _isBorn; // whether the parent was told

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public OnePlusOneStrategy(SearchSpace space, OnePlusOneOptions options)
    {
        if (!double.IsFinite(options.Sigma) || options.Sigma <= 0)
        {
            throw new ArgumentException($"Sigma must be positive and finite, got {options.Sigma}.", nameof(options));
        }

        _space = space;
        _ledger = new AskLedger(space);
        _incumbent = new Incumbent(space);
        _axes = space.Axes;
        _seed = options.Seed;
        _sigma = Math.Min(options.Sigma, MaximalDeviation);
        _damping = 1 + (_axes.Count / 2.0);
        _parent = _child = Outside([.. _axes.Select(axis => axis.Start)]);
    }

    /// <inheritdoc/>
    public string Name => "one_plus_one";

    /// <inheritdoc/>
    public int PopulationSize => 1;

    /// <inheritdoc/>
    public string? StopReason => _sigma < Tolerance ? $"tolx: the step size is below {Tolerance} of the range" : null;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (StopReason is not null || _ledger.PendingCount > 0)
        {
            return [];
        }

        _child = _isBorn ? Mutate() : _parent;
        return [_ledger.Ask([.. _child.Select(BoxTransform.Apply)])];
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        _incumbent.See(verdicts);
        if (verdicts.Count == 0)
        {
            return;
        }

        double objective = _ledger.Asked[0].Value;
        bool isSuccess = objective <= _parentObjective && _ledger.Asked[0].Objectives is not null;
        if (_isBorn)
        {
            // Kern et al. 2004, eq. 3: no drift where one step in five succeeds.
            _sigma = Math.Min(MaximalDeviation, _sigma * Math.Exp((isSuccess ? 1 : -TargetRate / (1 - TargetRate)) / _damping));
        }

        if (isSuccess)
        {
            (_parent, _parentObjective) = (_child, objective);
        }

        _isBorn = true;
        _ledger.BeginGeneration();
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        double[] start = [.. _axes.Select(axis => axis.Start)];
        foreach ((double[] point, IReadOnlyList<double>? objectives) in _ledger.Read(observations))
        {
            // A start that is kept is the first parent, asked for unless somebody has.
            bool mayLead = !_space.KeepsStart || _ledger.Generation > 0 || point.AsSpan().SequenceEqual(start);
            if (mayLead && objectives is not null && objectives[0] < _parentObjective)
            {
                (_parent, _parentObjective, _isBorn) = (Outside(point), objectives[0], true);
            }
        }

        _incumbent.See(observations);
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _incumbent.Recommend();

    private static double[] Outside(double[] point) => [.. point.Select(BoxTransform.Invert)];

    private double[] Mutate()
    {
        var rng = new Rng(_seed, _ledger.Generation, 0);
        double[] child = new double[_axes.Count];
        for (int j = 0; j < child.Length; j++)
        {
            SearchAxis axis = _axes[j];
            if (axis.IsOrdered)
            {
                // A step of less than half a cell would hardly ever change a whole number.
                double sigma = axis.Levels == 0 ? _sigma : Math.Max(_sigma, 0.5 / axis.Levels);
                child[j] = _parent[j] + (sigma * rng.NextGaussian());
            }
            else
            {
                child[j] = rng.NextUniform() < 1.0 / child.Length ? BoxTransform.Invert(rng.NextUniform()) : _parent[j];
            }
        }

        return child;
    }
}
