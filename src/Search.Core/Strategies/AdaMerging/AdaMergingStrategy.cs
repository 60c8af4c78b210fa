namespace Search.Strategies.AdaMerging;

/// <summary>
/// Descends the objective's gradient by the coefficients with Adam (AdaMerging, Yang et al. 2024, arXiv:2310.02575; Adam: Kingma and Ba
/// 2015, arXiv:1412.6980, algorithm 1). One candidate at a time; at checkpoints the point reached is scored on all examples.
/// </summary>
public sealed class AdaMergingStrategy : ISearchStrategy
{
    private const double Epsilon = 1e-8;
    private const int MostFailures = 10;

    private readonly SearchSpace _space;
    private readonly AdaMergingOptions _options;
    private readonly double[] _free; // what Adam moves; candidates are made from it
    private readonly double[] _mean;
    private readonly double[] _variance;
    private readonly TaskPatience? _patience;

    private double[] _previous = [];
    private int _step;
    private int _failures;
    private double _slowdown = 1;
    private bool _scored; // the point reached has its checkpoint
    private bool _told;
    private Candidate? _pending;

    /// <summary>Starts at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public AdaMergingStrategy(SearchSpace space, AdaMergingOptions options)
    {
        if (!double.IsFinite(options.LearningRate) || options.LearningRate <= 0)
        {
            throw new ArgumentException($"LearningRate must be positive and finite, got {options.LearningRate}.", nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.Steps, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batch ?? 1, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Checkpoint, 1, nameof(options));
        if (!(options.Beta1 is >= 0 and < 1) || !(options.Beta2 is >= 0 and < 1))
        {
            throw new ArgumentException($"Beta1 and Beta2 must be in [0, 1), got {options.Beta1} and {options.Beta2}.", nameof(options));
        }

        if (options.EarlyStop is { } stop && (stop.Patience < 1 || !double.IsFinite(stop.Margin) || stop.Margin < 0))
        {
            throw new ArgumentException($"EarlyStop needs a patience of at least 1 and a finite margin of at least 0, got {stop.Patience} and {stop.Margin}.", nameof(options));
        }

        bool tied = options.Constraint is CoefficientConstraint.Simplex or CoefficientConstraint.Affine;
        if (options.GroupSize < 1 || space.Dimension % options.GroupSize != 0 || (tied && options.GroupSize < 2))
        {
            throw new ArgumentException($"GroupSize must divide the {space.Dimension} coefficients and be at least 2 where a sum is fixed, got {options.GroupSize}.", nameof(options));
        }

        if (!space.Coefficients.Chunk(options.GroupSize).All(group => IsSatisfiable(options.Constraint, group)))
        {
            throw new ArgumentException($"No point within the bounds of a group of {options.GroupSize} coefficients satisfies {options.Constraint}, or not all that do are within the bounds.", nameof(options));
        }

        _space = space;
        _options = options;
        _patience = options.EarlyStop is null ? null : new TaskPatience(options.EarlyStop);
        _free = new double[space.Dimension];
        Start([.. space.Coefficients.Select(coefficient => coefficient.Initial)]);
        _mean = new double[_free.Length];
        _variance = new double[_free.Length];
    }

    /// <inheritdoc/>
    public string Name => "adamerging";

    /// <inheritdoc/>
    public int PopulationSize => 1;

    /// <inheritdoc/>
    public string? StopReason { get; private set; }

    /// <summary>The point reached, in coefficient units.</summary>
    public IReadOnlyList<double> Point => Coefficients();

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_pending is not null || StopReason is not null)
        {
            return [];
        }

        // With whole batches every step scores all examples, the one after the last update included.
        _pending = IsCheckpoint && _options.Batch is not null && !_scored
            ? new Candidate(_step, 1, Coefficients())
            : new Candidate(_step, 0, Coefficients()) { Gradient = new GradientRequest(_step, _options.Batch) { Without = [.. _patience?.Stopped.Select(stopped => stopped.Task) ?? []] } };
        return [_pending];
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        foreach (Verdict verdict in verdicts)
        {
            if (_pending is null || verdict.Candidate != _pending)
            {
                throw new ArgumentException($"Candidate {verdict.Candidate.Generation}/{verdict.Candidate.Index} was not asked for, or told before.", nameof(verdicts));
            }

            if (verdict.Objectives is { } objectives && (objectives.Count != 1 || !double.IsFinite(objectives[0])))
            {
                throw new ArgumentException($"One finite objective is expected, got [{string.Join(", ", objectives)}].", nameof(verdicts));
            }

            bool wanted = _pending.Gradient is not null;
            if (wanted && verdict.Objectives is not null && (verdict.Gradient?.Count != _free.Length || !verdict.Gradient.All(double.IsFinite)))
            {
                throw new ArgumentException($"A finite derivative by each of the {_free.Length} coefficients is expected.", nameof(verdicts));
            }

            if (_patience is not null && verdict.Objectives is not null && (verdict.Tasks is null || !verdict.Tasks.Values.All(double.IsFinite)))
            {
                throw new ArgumentException("A finite score of each task is expected.", nameof(verdicts));
            }

            _pending = null;
            _told = true;
            if (_patience is not null && verdict.Objectives is not null && IsCheckpoint && (!wanted || _options.Batch is null))
            {
                _patience.Add(_step, verdict.Tasks!);
                if (_patience.IsAtEnd)
                {
                    StopReason = $"no task improves any more: {string.Join(", ", _patience.Stopped.Select(stopped => $"{stopped.Task} stopped at step {stopped.Step}"))}";
                    continue;
                }
            }

            if (!wanted)
            {
                _scored = true;
            }
            else if (verdict.Objectives is null)
            {
                StepBack();
            }
            else
            {
                Step(verdict.Gradient!);
            }

            if (_step >= _options.Steps && (_scored || _step > _options.Steps))
            {
                StopReason ??= $"{_options.Steps} steps are done";
            }
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        // The best point that others found is a better start; once it moves, the gradient knows more than they do.
        IReadOnlyList<(double[] Point, IReadOnlyList<double>? Objectives)> read = new AskLedger(_space).Read(observations);
        if (_step > 0 || _pending is not null || read.Where(trial => trial.Objectives is not null).OrderBy(trial => trial.Objectives![0]).FirstOrDefault().Point is not { } best)
        {
            return;
        }

        Start(_space.Decode(best));
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _told ? new Recommendation(Coefficients(), "point reached", null) : null;

    // Whether the point reached is one of those whose scores can be compared.
    private bool IsCheckpoint => _step > 0 && (_step % _options.Checkpoint == 0 || _step == _options.Steps);

    private void Start(double[] coefficients)
    {
        for (int i = 0; i < _free.Length; i++)
        {
            // The softmax of logarithms is the point scaled to sum 1.
            _free[i] = _options.Constraint == CoefficientConstraint.Simplex ? Math.Log(Math.Max(coefficients[i], 1e-6)) : coefficients[i];
        }

        Project();
        _previous = [.. _free];
    }

    private void Step(IReadOnlyList<double> gradient)
    {
        _failures = 0;
        _previous = [.. _free];
        double[] g = FreeGradient(gradient);
        _step++;
        _scored = false;
        double rate = _slowdown * _options.LearningRate * (_options.Schedule == LearningRateSchedule.Cosine
            ? 0.5 * (1 + Math.Cos(Math.PI * (_step - 1) / _options.Steps))
            : 1);
        double meanScale = 1 / (1 - Math.Pow(_options.Beta1, _step));
        double varianceScale = 1 / (1 - Math.Pow(_options.Beta2, _step));
        for (int i = 0; i < g.Length; i++)
        {
            _mean[i] = (_options.Beta1 * _mean[i]) + ((1 - _options.Beta1) * g[i]);
            _variance[i] = (_options.Beta2 * _variance[i]) + ((1 - _options.Beta2) * g[i] * g[i]);
            _free[i] -= rate * _mean[i] * meanScale / (Math.Sqrt(_variance[i] * varianceScale) + Epsilon);
        }

        Project();
    }

    // A point that cannot be scored has no gradient: halfway back, and slower from here on.
    private void StepBack()
    {
        _failures++;
        _slowdown /= 2;
        if (_step == 0)
        {
            StopReason = "the starting point could not be scored";
        }
        else if (_failures == MostFailures)
        {
            StopReason = $"{MostFailures} points in a row could not be scored";
        }

        for (int i = 0; i < _free.Length; i++)
        {
            _free[i] = (_free[i] + _previous[i]) / 2;
        }
    }

    private double[] Coefficients()
    {
        double[] coefficients = [.. _free];
        switch (_options.Constraint)
        {
            case CoefficientConstraint.Clamp:
                for (int i = 0; i < coefficients.Length; i++)
                {
                    coefficients[i] = Math.Clamp(coefficients[i], Math.Max(0, _space.Coefficients[i].Lower), Math.Min(1, _space.Coefficients[i].Upper));
                }

                break;
            case CoefficientConstraint.Simplex:
                for (int first = 0; first < coefficients.Length; first += _options.GroupSize)
                {
                    Span<double> group = coefficients.AsSpan(first, _options.GroupSize);
                    System.Numerics.Tensors.TensorPrimitives.SoftMax<double>(group, group);
                }

                break;
        }

        return coefficients;
    }

    // The chain rule from candidates to what Adam moves.
    private double[] FreeGradient(IReadOnlyList<double> gradient)
    {
        double[] g = [.. gradient];
        double[] point = Coefficients();
        for (int first = 0; first < g.Length; first += _options.GroupSize)
        {
            switch (_options.Constraint)
            {
                case CoefficientConstraint.Clamp:
                    for (int i = first; i < first + _options.GroupSize; i++)
                    {
                        g[i] = point[i] == _free[i] ? g[i] : 0;
                    }

                    break;
                case CoefficientConstraint.Simplex:
                    double mean = Enumerable.Range(first, _options.GroupSize).Sum(i => point[i] * g[i]);
                    for (int i = first; i < first + _options.GroupSize; i++)
                    {
                        g[i] = point[i] * (g[i] - mean);
                    }

                    break;
                case CoefficientConstraint.Affine:
                    double centre = Enumerable.Range(first, _options.GroupSize).Average(i => g[i]);
                    for (int i = first; i < first + _options.GroupSize; i++)
                    {
                        g[i] -= centre;
                    }

                    break;
            }
        }

        return g;
    }

    private static bool IsSatisfiable(CoefficientConstraint constraint, Coefficient[] group) => constraint switch
    {
        CoefficientConstraint.Clamp => group.All(coefficient => coefficient.Lower <= 1 && coefficient.Upper >= 0),
        CoefficientConstraint.Simplex => group.All(coefficient => coefficient.Lower <= 0 && coefficient.Upper >= 1),
        CoefficientConstraint.Affine => group.Sum(coefficient => coefficient.Lower) <= 1 && group.Sum(coefficient => coefficient.Upper) >= 1,
        _ => true,
    };

    private void Project()
    {
        switch (_options.Constraint)
        {
            case CoefficientConstraint.None:
                for (int i = 0; i < _free.Length; i++)
                {
                    _free[i] = Math.Clamp(_free[i], _space.Coefficients[i].Lower, _space.Coefficients[i].Upper);
                }

                break;
            case CoefficientConstraint.Affine:
                for (int first = 0; first < _free.Length; first += _options.GroupSize)
                {
                    ProjectToSumOne(first);
                }

                break;
        }
    }

    // The nearest point of the box whose sum is 1: every coordinate is moved by the same shift and clipped; the shift is found by bisection.
    private void ProjectToSumOne(int first)
    {
        int[] group = [.. Enumerable.Range(first, _options.GroupSize)];
        double Moved(int i, double shift) => Math.Clamp(_free[i] - shift, _space.Coefficients[i].Lower, _space.Coefficients[i].Upper);
        double low = group.Min(i => _free[i] - _space.Coefficients[i].Upper);
        double high = group.Max(i => _free[i] - _space.Coefficients[i].Lower);
        for (int round = 0; round < 100; round++)
        {
            double middle = (low + high) / 2;
            if (group.Sum(i => Moved(i, middle)) > 1)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        foreach ((int i, double value) in group.Select(i => (i, Moved(i, high))).ToArray())
        {
            _free[i] = value;
        }
    }
}
