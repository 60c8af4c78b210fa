namespace Search.Strategies.Spsa;

/// <summary>
/// Simultaneous perturbation stochastic approximation (Spall 1992): two evaluations along a random sign vector estimate the whole
/// derivative, whatever the dimension. Gains shrink as Spall 1998 advises (a_k = a/(A + k + 1)^0.602, c_k = c/(k + 1)^0.101). Bounded by <see cref="BoxTransform"/>.
/// </summary>
public sealed class SpsaStrategy : ISearchStrategy
{
    private const double StepDecay = 0.602;
    private const double PerturbationDecay = 0.101;
    private const double StabilityShare = 0.1; // A, as a share of the generations to come
    private const int UnknownGenerations = 100;
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;

    private readonly AskLedger _ledger;
    private readonly SearchSpace _space;
    private readonly SpsaOptions _options;
    private readonly double _stability;
    private readonly double[] _iterate; // before the transform
    private readonly double[] _average;
    private readonly double[] _first;
    private readonly double[] _second;
    private double _scale; // Spall: what the first derivatives are divided by; 0 before any
    private int _updates;

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search; without categories, which have no derivative.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has categories.</exception>
    public SpsaStrategy(SearchSpace space, SpsaOptions options)
    {
        string? fault =
            !double.IsFinite(options.Step) || options.Step <= 0 ? $"Step must be positive and finite, got {options.Step}"
            : options.Perturbation is not (> 0 and <= 0.5) ? $"Perturbation must be above 0 and at most 0.5, got {options.Perturbation}"
            : options.Directions < 1 ? $"Directions must be at least 1, got {options.Directions}"
            : space.Axes.FirstOrDefault(axis => !axis.IsOrdered) is { } category ? $"spsa needs ordered coefficients, and '{category.Name}' is categorical: use genetic"
            : null;
        if (fault is not null)
        {
            throw new ArgumentException($"{fault}.", nameof(options));
        }

        _space = space;
        _options = options;
        _ledger = new AskLedger(space);
        _stability = StabilityShare * (options.Budget is { } budget ? budget / (2.0 * options.Directions) : UnknownGenerations);
        _iterate = [.. space.Axes.Select(axis => BoxTransform.Invert(axis.Start))];
        _average = [.. _iterate];
        _first = new double[_iterate.Length];
        _second = new double[_iterate.Length];
    }

    /// <inheritdoc/>
    public string Name => "spsa";

    /// <inheritdoc/>
    public int PopulationSize => 2 * _options.Directions;

    /// <inheritdoc/>
    public string? StopReason => null;

    private double Perturbation => _options.Perturbation / Math.Pow(_ledger.Generation + 1, PerturbationDecay); // Spall 1998, step 1

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var candidates = new List<Candidate>();
        while (candidates.Count < count && _ledger.Asked.Count < PopulationSize)
        {
            // A pair: the even one ahead, the odd one behind.
            double[] signs = Signs(_ledger.Asked.Count / 2);
            double reach = _ledger.Asked.Count % 2 == 0 ? Perturbation : -Perturbation;
            candidates.Add(_ledger.Ask([.. _iterate.Select((u, j) => BoxTransform.Apply(u + (reach * signs[j])))]));
        }

        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        if (_ledger.Asked.Count == PopulationSize && _ledger.PendingCount == 0)
        {
            Update();
            _ledger.BeginGeneration();
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        IEnumerable<(double[] Point, IReadOnlyList<double>? Objectives)> scored = _ledger.Read(observations).Where(trial => trial.Objectives is not null);
        if (!_space.KeepsStart && _ledger.Generation == 0 && _ledger.Asked.Count == 0 && scored.OrderBy(trial => trial.Objectives![0]).Select(trial => trial.Point).FirstOrDefault() is { } best)
        {
            for (int j = 0; j < best.Length; j++)
            {
                _iterate[j] = _average[j] = BoxTransform.Invert(best[j]);
            }
        }
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _ledger.ToldCount == 0
        ? null
        : new Recommendation(_space.Decode([.. _average.Select(BoxTransform.Apply)]), "mean of the iterates, later ones counting more", null);

    private double[] Signs(int direction)
    {
        var rng = new Rng(_options.Seed, _ledger.Generation, direction);
        return [.. _iterate.Select(_ => rng.NextUniform() < 0.5 ? -1.0 : 1.0)];
    }

    private void Update()
    {
        double[] slope = new double[_iterate.Length];
        int pairs = 0;
        for (int direction = 0; direction < _options.Directions; direction++)
        {
            if (_ledger.Asked[2 * direction].Objectives is null || _ledger.Asked[(2 * direction) + 1].Objectives is null)
            {
                continue; // half a pair says nothing
            }

            pairs++;
            double[] signs = Signs(direction);
            double rise = (_ledger.Asked[2 * direction].Value - _ledger.Asked[(2 * direction) + 1].Value) / (2 * Perturbation);
            for (int j = 0; j < slope.Length; j++)
            {
                slope[j] += (rise * signs[j] - slope[j]) / pairs; // Spall 1992, eq. 2.2; 1/±1 = ±1
            }
        }

        double size = Math.Sqrt(slope.Sum(s => s * s) / slope.Length);
        _scale = _scale == 0 ? size : _scale;
        if (pairs == 0 || _scale == 0 || !double.IsFinite(size))
        {
            return; // all failed, or a plateau so far: look elsewhere
        }

        double gain = _options.Step * Math.Pow((_stability + 1) / (_stability + ++_updates), StepDecay);
        double tail = 2.0 / (_updates + 2); // weights grow linearly (Lacoste-Julien et al. 2012, arXiv:1212.2002)
        for (int j = 0; j < slope.Length; j++)
        {
            _first[j] = (Beta1 * _first[j]) + ((1 - Beta1) * slope[j]);
            _second[j] = (Beta2 * _second[j]) + ((1 - Beta2) * slope[j] * slope[j]);
            double direction = _options.Gains == SpsaGains.Spall
                ? slope[j] / _scale
                : _first[j] / (1 - Math.Pow(Beta1, _updates)) / (Math.Sqrt(_second[j] / (1 - Math.Pow(Beta2, _updates))) + double.Epsilon); // Kingma and Ba 2015, algorithm 1
            _iterate[j] = BoxTransform.Invert(BoxTransform.Apply(_iterate[j] - (gain * direction))); // stays next to the box
            _average[j] += tail * (_iterate[j] - _average[j]);
        }
    }
}
