using Search.Strategies.Bayesian;

namespace Search.Strategies.ResponseSurface;

/// <summary>
/// Response surface methodology (Box and Wilson 1951) on all trials at once: a smooth surface is fitted to everything that was told, and the
/// next candidates are its minimum and, spread widely around it, opposite pairs. What it recommends is that minimum, which averages
/// the unevenness of a score measured on few examples away instead of falling for its luckiest value.
/// </summary>
public sealed class ResponseSurfaceStrategy : ISearchStrategy
{
    private const double Largest = 1e150; // values beyond it count as it: sums of their squares stay finite
    private const double MaximalDeviation = 1.0 / 3; // of an axis
    private const double ShortestWidth = 0.6; // of an axis, and
    private const double ShortestShare = 0.15; // of the box's diameter √n: what is narrower than either is unevenness
    private const double LongestShare = 1.2; // of the diameter
    private const int MaximalPoints = 400; // of a fit, which costs their cube
    private const double WorstShare = 3; // values are cut this many times as far above the median as the best is below it
    private const int Steps = 60; // of a descent on the surface

    private readonly SearchSpace _space;
    private readonly IReadOnlyList<SearchAxis> _axes;
    private readonly AskLedger _ledger;
    private readonly SmoothSurface _surface;
    private readonly ResponseSurfaceOptions _options;
    private readonly List<(double[] Point, double? Value)> _trials = []; // in the order of asking
    private readonly double _sigma;
    private double[] _centre;

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search; without categories, which have no slope.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has categories.</exception>
    public ResponseSurfaceStrategy(SearchSpace space, ResponseSurfaceOptions options)
    {
        if (!double.IsFinite(options.Sigma) || options.Sigma <= 0)
        {
            throw new ArgumentException($"Sigma must be positive and finite, got {options.Sigma}.", nameof(options));
        }

        if (space.Axes.FirstOrDefault(axis => !axis.IsOrdered) is { } category)
        {
            throw new ArgumentException($"response_surface needs ordered coefficients, and '{category.Name}' is categorical: use genetic.", nameof(space));
        }

        _space = space;
        _axes = space.Axes;
        PopulationSize = options.PopulationSize ?? (1 + (2 * (int)((4 + (3 * Math.Log(_axes.Count))) / 2)));
        if (PopulationSize < 2)
        {
            throw new ArgumentException($"PopulationSize must be at least 2, got {PopulationSize}.", nameof(options));
        }

        _options = options;
        _sigma = Math.Min(options.Sigma, MaximalDeviation);
        _ledger = new AskLedger(space);
        _surface = Surface(_axes.Count);
        _centre = [.. _axes.Select(axis => axis.Start)];
    }

    /// <inheritdoc/>
    public string Name => "response_surface";

    /// <inheritdoc/>
    public int PopulationSize { get; }

    /// <inheritdoc/>
    public string? StopReason => null;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count) => _ledger.Ask(count, PopulationSize, Next);

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        if (_ledger.Asked.Count == PopulationSize && _ledger.PendingCount == 0)
        {
            _trials.AddRange(Told());
            _centre = Minimum(_trials, out _);
            _ledger.BeginGeneration();
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        _trials.AddRange(_ledger.Read(observations).Select(trial => (trial.Point, trial.Objectives?[0])));
        if (_ledger.Asked.Count == 0 && !_space.KeepsStart)
        {
            _centre = Minimum(_trials, out _);
        }
    }

    /// <inheritdoc/>
    public Recommendation? Recommend()
    {
        if (_ledger.ToldCount == 0)
        {
            return null;
        }

        double[] minimum = Minimum([.. _trials, .. Told()], out double? height);
        return new Recommendation(_space.Decode(minimum), "minimum of the smooth surface through all trials", height);
    }

    /// <summary>A surface over [0, 1]ⁿ that takes for noise what is narrower than merges are.</summary>
    /// <param name="axes">n.</param>
    internal static SmoothSurface Surface(int axes)
    {
        double diameter = Math.Sqrt(axes);
        return new SmoothSurface(Math.Max(ShortestWidth, ShortestShare * diameter), LongestShare * diameter);
    }

    /// <summary>What a surface is fitted to. A failed trial counts as the worst, and no bad value for more than its share: far from the optimum only that it is bad matters.</summary>
    /// <param name="values">The trials' values, null for failed ones; at least one is not.</param>
    internal static double[] Cut(IReadOnlyList<double?> values)
    {
        double[] told = [.. values.OfType<double>().Select(value => Math.Clamp(value, -Largest, Largest)).Order()];
        double cut = told[told.Length / 2] + (WorstShare * (told[told.Length / 2] - told[0]));
        double worst = Math.Min(cut, told[^1]);
        return [.. values.Select(value => Math.Clamp(value ?? worst, -Largest, cut))];
    }

    private IEnumerable<(double[] Point, double? Value)> Told() =>
        _ledger.Asked.Where(asked => asked.IsTold).Select(asked => (asked.Point, asked.Objectives?[0]));

    // The minimum itself leads its generation, unless it was tried before: so the ledger holds what was recommended on the way.
    private double[] Next(int index)
    {
        double[] centre = [.. _centre.Select((x, j) => AxisCells.Snap(_axes[j], x))];
        bool isNew = !_trials.Any(trial => trial.Point.AsSpan().SequenceEqual(centre));
        return isNew && index == 0 ? centre : Around(_centre, isNew ? index - 1 : index);
    }

    // A normal number an axis, mirrored at the bounds; odd candidates are their predecessors' mirror images.
    private double[] Around(double[] centre, int index)
    {
        var rng = new Rng(_options.Seed, _ledger.Generation, index / 2);
        double side = index % 2 == 0 ? _sigma : -_sigma;
        double[] point = new double[centre.Length];
        for (int j = 0; j < point.Length; j++)
        {
            double x = Math.Abs(Math.IEEERemainder(centre[j] + (side * rng.NextGaussian()), 2));
            point[j] = AxisCells.Snap(_axes[j], Math.Clamp(x, 0, 1));
        }

        return point;
    }

    private double[] Minimum(IReadOnlyList<(double[] Point, double? Value)> trials, out double? height)
    {
        height = null;
        if (trials.Count(trial => trial.Value is not null) < 2)
        {
            return _centre;
        }

        (double[] Point, double? Value)[] near = [.. trials.OrderBy(trial => Distance(trial.Point, _centre)).Take(MaximalPoints)];
        if (near.Count(trial => trial.Value is not null) < 2)
        {
            return _centre;
        }

        double[] values = Cut([.. near.Select(trial => trial.Value)]);
        _surface.Fit([.. near.Select(trial => trial.Point)], values);

        double[]? best = null;
        foreach (double[] start in new[] { _centre, near[Array.IndexOf(values, values.Min())].Point })
        {
            double[] point = [.. start];
            double reached = Descend(point);
            if (best is null || reached < height)
            {
                (best, height) = (point, reached);
            }
        }

        return best!;
    }

    private double Descend(double[] point)
    {
        double[] lower = new double[point.Length];
        double[] upper = [.. Enumerable.Repeat(1.0, point.Length)];
        return BoundedMinimizer.Minimize((x, gradient) => _surface.Height(x, gradient), point, lower, upper, Steps, 1e-9);
    }

    private static double Distance(double[] a, double[] b)
    {
        double sum = 0;
        for (int j = 0; j < a.Length; j++)
        {
            sum += (a[j] - b[j]) * (a[j] - b[j]);
        }

        return sum;
    }
}
