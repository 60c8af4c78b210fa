using Search.Results.Fronts;
using Search.Strategies.Bayesian;
using Search.Strategies.ResponseSurface;

namespace Search.Strategies.Fronts;

/// <summary>
/// Response surfaces for a front: a smooth surface is fitted to each objective over all trials; weights that fill the simplex evenly make one
/// surface of them, whose minimum is the next candidate, beside one spread around it. The surfaces average the unevenness of scores from
/// few examples away, so that the front is not made of lucky trials.
/// </summary>
public sealed class SurfaceFrontStrategy : ISearchStrategy
{
    private const int MaximalPoints = 400; // of a fit, which costs their cube
    private const int Steps = 60; // of a descent on the surfaces
    private const int TrialsACandidate = 50;
    private const int LeastPopulation = 2;
    private const int LargestPopulation = 8;
    private const double Sharpness = 30; // of the soft maximum over weighted objectives, which are in [0, 1] on the front

    private readonly SearchSpace _space;
    private readonly AskLedger _ledger;
    private readonly int _objectives;
    private readonly SurfaceFrontOptions _options;
    private readonly SmoothSurface[] _surfaces; // of the last generation: the next fit begins at their widths
    private readonly List<(double[] Point, double[]? Values)> _trials = []; // in the order of asking
    private long _minima; // planned so far
    private double[][] _planned = []; // the generation's minima and what is spread around them, in turn

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search; without categories, which have no slope.</param>
    /// <param name="objectives">How many objectives candidates have; at least 2.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has categories.</exception>
    public SurfaceFrontStrategy(SearchSpace space, int objectives, SurfaceFrontOptions options)
    {
        if (!double.IsFinite(options.Sigma) || options.Sigma <= 0)
        {
            throw new ArgumentException($"Sigma must be positive and finite, got {options.Sigma}.", nameof(options));
        }

        if (options.PopulationSize is < 2)
        {
            throw new ArgumentException($"PopulationSize must be at least 2, got {options.PopulationSize}.", nameof(options));
        }

        if (space.Axes.FirstOrDefault(axis => !axis.IsOrdered) is { } category)
        {
            throw new ArgumentException($"surface_front needs ordered coefficients, and '{category.Name}' is categorical: use nsga2.", nameof(space));
        }

        _space = space;
        _objectives = objectives;
        _options = options;
        _ledger = new AskLedger(space, objectives);
        _surfaces = Surfaces();
    }

    /// <inheritdoc/>
    public string Name => "surface_front";

    /// <inheritdoc/>
    public int PopulationSize => _options.PopulationSize ?? Math.Clamp(_trials.Count / TrialsACandidate, LeastPopulation, LargestPopulation);

    /// <inheritdoc/>
    public string? StopReason => null;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_planned.Length == 0)
        {
            _planned = Plan();
        }

        return _ledger.Ask(count, _planned.Length, place => _planned[place]);
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        if (_ledger.Asked.Count == _planned.Length && _ledger.PendingCount == 0)
        {
            _trials.AddRange(_ledger.Asked.Select(asked => (asked.Point, asked.Objectives?.ToArray())));
            _ledger.BeginGeneration();
            _planned = [];
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations) =>
        _trials.AddRange(_ledger.Read(observations).Select(trial => (trial.Point, trial.Objectives?.ToArray())));

    /// <inheritdoc/>
    public Recommendation? Recommend() => null;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<double>> RecommendFront()
    {
        (double[] Point, double[]? Values)[] all = [.. _trials, .. _ledger.Asked.Where(asked => asked.IsTold).Select(asked => (asked.Point, asked.Objectives?.ToArray()))];
        double[][] points = [.. all.Where(trial => trial.Values is not null).Select(trial => trial.Point)];
        if (points.Length < 2)
        {
            return [];
        }

        SmoothSurface[] surfaces = Surfaces();
        Fit(surfaces, Fitted(all));
        double[] slope = new double[_space.Axes.Count];
        double[][] heights = [.. points.Select(point => surfaces.Select(surface => surface.Height(point, slope)).ToArray())];
        return [.. Dominance.Front(heights).Select(index => _space.Decode(points[index]))];
    }

    private SmoothSurface[] Surfaces() => [.. Enumerable.Range(0, _objectives).Select(_ => ResponseSurfaceStrategy.Surface(_space.Axes.Count))];

    private static void Fit(SmoothSurface[] surfaces, (double[] Point, double[]? Values)[] trials)
    {
        for (int m = 0; m < surfaces.Length; m++)
        {
            surfaces[m].Fit([.. trials.Select(trial => trial.Point)], ResponseSurfaceStrategy.Cut([.. trials.Select(trial => trial.Values?[m])]));
        }
    }

    private double[][] Plan()
    {
        double[][] scored = [.. _trials.Select(trial => trial.Values).OfType<double[]>()];
        double[] start = [.. _space.Axes.Select(axis => axis.Start)];
        if (scored.Length < 2)
        {
            return [.. Enumerable.Range(0, PopulationSize).Select(i => i == 0 ? Snap(start) : Around(start, i - 1))];
        }

        Fit(_surfaces, Fitted(_trials));
        var scale = new Scalarisation(scored);
        var points = new List<double[]>();
        for (int i = 0; i < PopulationSize; i++)
        {
            double[] minimum = i % 2 == 0 ? Minimum(WeightSequence.At(_minima++, _objectives), scale) : points[^1];
            bool isNew = i % 2 == 0 && !_trials.Select(trial => trial.Point).Concat(points).Any(point => point.AsSpan().SequenceEqual(minimum));
            points.Add(isNew ? minimum : Around(minimum, i));
        }

        return [.. points];
    }

    // Of many trials those that few dominate say the most; of a front's equals the later.
    private static (double[] Point, double[]? Values)[] Fitted(IReadOnlyList<(double[] Point, double[]? Values)> trials)
    {
        if (trials.Count <= MaximalPoints)
        {
            return [.. trials];
        }

        (double[] Point, double[]? Values)[] told = [.. trials.Where(trial => trial.Values is not null)];
        int[] ranks = Dominance.Ranks([.. told.Select(trial => trial.Values!)]);
        return [.. told.Select((trial, i) => (trial, i)).OrderBy(pair => ranks[pair.i]).ThenByDescending(pair => pair.i).Take(MaximalPoints).Select(pair => pair.trial)];
    }

    private double[] Minimum(double[] weights, Scalarisation scale)
    {
        double[]? best = null;
        double least = double.PositiveInfinity;
        double[] lower = new double[_space.Axes.Count];
        double[] upper = [.. Enumerable.Repeat(1.0, lower.Length)];
        IEnumerable<double[]> starts = _trials.Where(trial => trial.Values is not null).OrderBy(trial => scale.Of(weights, trial.Values!)).Take(2).Select(trial => trial.Point);
        foreach (double[] start in starts)
        {
            double[] point = [.. start];
            double reached = BoundedMinimizer.Minimize((x, gradient) => Height(x, gradient, weights, scale), point, lower, upper, Steps, 1e-9);
            if (reached < least)
            {
                (best, least) = (point, reached);
            }
        }

        return Snap(best ?? [.. _space.Axes.Select(axis => axis.Start)]);
    }

    // (1/s) ln Σ exp(s wᵢ zᵢ) + ρ Σ wᵢ zᵢ over the surfaces' heights zᵢ, in units of the front.
    private double Height(ReadOnlySpan<double> x, Span<double> gradient, double[] weights, Scalarisation scale)
    {
        double[] terms = new double[_objectives];
        double[][] slopes = new double[_objectives][];
        for (int m = 0; m < _objectives; m++)
        {
            slopes[m] = new double[x.Length];
            terms[m] = weights[m] * scale.Unit(m, _surfaces[m].Height(x, slopes[m]));
        }

        double most = terms.Max();
        double[] shares = [.. terms.Select(term => Math.Exp(Sharpness * (term - most)))];
        double sum = shares.Sum();
        gradient.Clear();
        for (int m = 0; m < _objectives; m++)
        {
            double factor = ((shares[m] / sum) + Scalarisation.Augmentation) * weights[m] / scale.Range(m);
            for (int j = 0; j < gradient.Length; j++)
            {
                gradient[j] += factor * slopes[m][j];
            }
        }

        return most + (Math.Log(sum) / Sharpness) + (Scalarisation.Augmentation * terms.Sum());
    }

    // A normal number an axis, mirrored at the bounds; odd ones are mirror images of those before.
    private double[] Around(double[] centre, int index)
    {
        var rng = new Rng(_options.Seed, _ledger.Generation, index / 2);
        double side = index % 2 == 0 ? _options.Sigma : -_options.Sigma;
        return Snap([.. centre.Select(x => Math.Clamp(Math.Abs(Math.IEEERemainder(x + (side * rng.NextGaussian()), 2)), 0, 1))]);
    }

    private double[] Snap(double[] point) => [.. point.Select((x, j) => AxisCells.Snap(_space.Axes[j], x))];
}
