using System.Numerics.Tensors;

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
    private readonly double[] _lower;
    private readonly double[] _upper; // where a coefficient is fixed, both bounds are its value
    private readonly int[][] _simplices; // coefficients with the sum 1, softmaxes of what Adam moves
    private readonly int[][] _planes; // coefficients with the sum 1, by projection
    private readonly SpaceVariable[] _tied; // everything else, alone or tied
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

        if (space.Coefficients.FirstOrDefault(coefficient => coefficient is not { Kind: CoefficientKind.Float, Scale: CoefficientScale.Linear }) is { } odd)
        {
            throw new ArgumentException($"adamerging follows derivatives, which '{odd.Name}' has none of: every coefficient must be a float on a linear scale.", nameof(space));
        }

        _space = space;
        _options = options;
        _patience = options.EarlyStop is null ? null : new TaskPatience(options.EarlyStop);
        _lower = [.. space.Coefficients.Select(coefficient => coefficient.Lower)];
        _upper = [.. space.Coefficients.Select(coefficient => coefficient.Upper)];
        _free = new double[space.Dimension];
        _simplices = [.. Groups<SimplexConstraint>(space)];
        _planes = [.. Groups<AffineConstraint>(space)];
        _tied = [.. space.Parts.OfType<SpaceVariable>()];
        foreach (SpaceVariable variable in _tied)
        {
            variable.Assign(variable.Shape.Lower, _lower);
            variable.Assign(variable.Shape.Upper, _upper);
        }

        foreach ((int index, double value) in space.Constants)
        {
            _lower[index] = _upper[index] = value;
        }

        if (_simplices.SelectMany(group => group).Any(i => _lower[i] > 0 || _upper[i] < 1))
        {
            throw new ArgumentException("adamerging keeps to a simplex by a softmax, which needs 0 and 1 within the bounds of its coefficients.", nameof(space));
        }

        if (options.Clamp)
        {
            for (int i = 0; i < _free.Length; i++)
            {
                if (_simplices.Length + _planes.Length > 0 || _lower[i] > 1 || _upper[i] < 0)
                {
                    throw new ArgumentException($"Clamp needs coefficients without a fixed sum whose bounds overlap [0, 1], got '{space.Coefficients[i].Name}' within [{_lower[i]}, {_upper[i]}].", nameof(options));
                }
            }
        }

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

        // With whole batches every step scores all examples, the point after the last update included: as the same kind of trial, so that
        // it is compared with the others, though its gradient moves nothing.
        _pending = IsCheckpoint && _options.Batch is not null && !_scored
            ? new Candidate(_step, 1, Coefficients())
            : new Candidate(_step, 0, Coefficients()) { Gradient = new GradientRequest(_step, _options.Batch) { Without = [.. _patience?.Stopped.Select(stopped => stopped.Task) ?? []] } };
        return [_pending];
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        if (verdicts.Count > 1)
        {
            throw new ArgumentException($"One candidate at most is pending, got {verdicts.Count} verdicts.", nameof(verdicts));
        }

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

            if (wanted && verdict.Objectives is null)
            {
                StepBack();
            }
            else if (!wanted || _step == _options.Steps)
            {
                _scored = true;
            }
            else
            {
                Step(verdict.Gradient!);
            }

            if (_step == _options.Steps && _scored)
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
        if (_space.KeepsStart || _step > 0 || _pending is not null || read.Where(trial => trial.Objectives is not null).OrderBy(trial => trial.Objectives![0]).FirstOrDefault().Point is not { } best)
        {
            return;
        }

        Start(_space.Decode(best));
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _told ? new Recommendation(Coefficients(), "point reached", null) : null;

    // Whether the point reached is one of those whose scores can be compared.
    private bool IsCheckpoint => _step > 0 && (_step % _options.Checkpoint == 0 || _step == _options.Steps);

    private static IEnumerable<int[]> Groups<T>(SearchSpace space)
        where T : SumConstraint
    {
        Dictionary<string, int> indices = space.Coefficients.Index().ToDictionary(one => one.Item.Name, one => one.Index);
        foreach (T constraint in space.Constraints.OfType<T>())
        {
            int[] group = [.. constraint.Names.Select(name => indices[name])];
            yield return space.Parts.OfType<SumPart>().Any(part => part.Indices.Order().SequenceEqual(group.Order()))
                ? group
                : throw new ArgumentException($"adamerging takes no fixed or tied coefficients in a group with a fixed sum, got [{string.Join(", ", constraint.Names)}].", nameof(space));
        }
    }

    private void Start(double[] coefficients)
    {
        coefficients.CopyTo(_free, 0);
        foreach (SpaceVariable variable in _tied)
        {
            variable.Assign(variable.Value(coefficients), _free);
        }

        foreach (int i in _simplices.SelectMany(group => group))
        {
            // The softmax of logarithms is the point scaled to sum 1.
            _free[i] = Math.Log(Math.Max(coefficients[i], 1e-6));
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
        if (_options.Clamp)
        {
            for (int i = 0; i < coefficients.Length; i++)
            {
                coefficients[i] = Math.Clamp(coefficients[i], Math.Max(0, _lower[i]), Math.Min(1, _upper[i]));
            }
        }

        foreach (int[] group in _simplices)
        {
            double[] shares = [.. group.Select(i => _free[i])];
            TensorPrimitives.SoftMax<double>(shares, shares);
            foreach ((int i, double share) in group.Zip(shares))
            {
                coefficients[i] = share;
            }
        }

        return coefficients;
    }

    // The chain rule from candidates to what Adam moves.
    private double[] FreeGradient(IReadOnlyList<double> gradient)
    {
        double[] g = [.. gradient];
        double[] point = Coefficients();
        if (_options.Clamp)
        {
            for (int i = 0; i < g.Length; i++)
            {
                g[i] = point[i] == _free[i] ? g[i] : 0;
            }
        }

        foreach (SpaceVariable variable in _tied)
        {
            variable.Assign(variable.Indices.Sum(i => g[i]), g);
        }

        foreach (int[] group in _simplices)
        {
            double mean = group.Sum(i => point[i] * g[i]);
            foreach (int i in group)
            {
                g[i] = point[i] * (g[i] - mean);
            }
        }

        foreach (int[] group in _planes)
        {
            double centre = group.Average(i => g[i]);
            foreach (int i in group)
            {
                g[i] -= centre;
            }
        }

        return g;
    }

    private void Project()
    {
        // With Clamp, what Adam moves may leave the bounds; what is used does not.
        for (int part = 0; part < _tied.Length && !_options.Clamp; part++)
        {
            foreach (int i in _tied[part].Indices)
            {
                _free[i] = Math.Clamp(_free[i], _lower[i], _upper[i]);
            }
        }

        foreach ((int index, double value) in _space.Constants)
        {
            _free[index] = value;
        }

        foreach (int[] group in _planes)
        {
            ProjectToSumOne(group);
        }
    }

    // The nearest point of the box whose sum is 1: every coordinate is moved by the same shift and clipped; the shift is found by bisection.
    private void ProjectToSumOne(int[] group)
    {
        double Moved(int i, double shift) => Math.Clamp(_free[i] - shift, _lower[i], _upper[i]);
        double low = group.Min(i => _free[i] - _upper[i]);
        double high = group.Max(i => _free[i] - _lower[i]);
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
