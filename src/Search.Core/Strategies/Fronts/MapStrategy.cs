using System.Globalization;
using Search.Results.Fronts;
using Search.Strategies.Genetic;
using Search.Strategies.ResponseSurface;
using Search.Strategies.Sampling;

namespace Search.Strategies.Fronts;

/// <summary>
/// MAP (Li et al. 2024, arXiv:2406.07529): a quadratic form behind a link is fitted to each objective from few evaluations, NSGA-III looks for
/// the front of these surfaces, and what it finds is evaluated where it says the most that is new, the surfaces are fitted again, and so on. The
/// surfaces are never asked beyond the box that the trials span.
/// </summary>
public sealed class MapStrategy : ISearchStrategy
{
    private const int InnerPopulation = 100; // of NSGA-III on the surfaces, as published
    private const long PlanStream = 0x3A9;

    private readonly SearchSpace _space;
    private readonly AskLedger _ledger;
    private readonly int _objectives;
    private readonly MapOptions _options;
    private readonly bool _isFull;
    private readonly int _designPoints;
    private readonly IReadOnlyList<double[]> _corners;
    private readonly SobolSequence _sequence;
    private readonly List<(double[] Point, double[]? Values)> _trials = []; // in the order of asking
    private readonly double[] _errors; // sums over predicted candidates
    private QuadraticSurface[] _surfaces = [];
    private (double[] Point, double[]? Expected)[] _planned = [];
    private long _drawn;
    private int _predicted; // candidates whose objectives were predicted and measured
    private double _narrowest = 1; // of the box, a fraction of the space's side

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search; without categories, which have no square.</param>
    /// <param name="objectives">How many objectives candidates have; at least 2.</param>
    /// <param name="corners">Candidates of the design that come before those that fill the space, such as single experts; those that are not feasible are left out.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has categories or too many axes.</exception>
    public MapStrategy(SearchSpace space, int objectives, IReadOnlyList<IReadOnlyList<double>> corners, MapOptions options)
    {
        int n = space.Axes.Count;
        string? fault =
            options.InitialPoints < 2 ? $"InitialPoints must be at least 2, got {options.InitialPoints}"
            : options.PopulationSize < 1 ? $"PopulationSize must be at least 1, got {options.PopulationSize}"
            : options.Generations < 1 ? $"Generations must be at least 1, got {options.Generations}"
            : !ResponseLink.Names.Contains(options.Link) ? $"Link must be one of {string.Join(", ", ResponseLink.Names)}, got '{options.Link}'"
            : null;
        if (fault is not null)
        {
            throw new ArgumentException($"{fault}.", nameof(options));
        }

        if (space.Axes.FirstOrDefault(axis => !axis.IsOrdered) is { } category)
        {
            throw new ArgumentException($"map needs ordered coefficients, and '{category.Name}' is categorical: use nsga2.", nameof(space));
        }

        _isFull = options.IsFull ?? n <= MapOptions.MaximalFull;
        int most = _isFull ? MapOptions.MaximalFull : SobolSequence.MaximalDimension;
        if (n > most)
        {
            throw new ArgumentException($"map with {(_isFull ? "all products of" : "the squares of")} coefficients takes at most {most} free numbers, this space has {n}: use {(_isFull ? "form: diagonal" : "nsga3")}.", nameof(space));
        }

        _space = space;
        _objectives = objectives;
        _options = options;
        _ledger = new AskLedger(space, objectives);
        _designPoints = options.InitialPoints ?? Math.Min(QuadraticSurface.Count(n, _isFull), (3 * n) + 6);
        _sequence = new SobolSequence(n, options.Seed);
        _errors = new double[objectives];
        double[] start = Snap([.. space.Axes.Select(axis => axis.Start)]);
        _corners = [.. corners.Where(space.Contains).Select(space.Encode).Prepend(start).Where((point, i) => i == 0 || !point.AsSpan().SequenceEqual(start)).DistinctBy(point => string.Join(' ', point))];
    }

    /// <inheritdoc/>
    public string Name => "map";

    /// <inheritdoc/>
    public int PopulationSize => _options.PopulationSize;

    /// <inheritdoc/>
    public string? StopReason => null;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _surfaces.Length == 0 ? [] :
    [
        string.Create(CultureInfo.InvariantCulture, $"map's surfaces ({(_isFull ? "" : "without products of coefficients; ")}{string.Join(", ", _surfaces.Select(surface => surface.Link))}) have R² {string.Join(", ", _surfaces.Select(surface => surface.Determination?.ToString("0.000", CultureInfo.InvariantCulture) ?? "unknown"))}, each value left out in turn"),
        .. _predicted == 0 ? Array.Empty<string>() : [string.Create(CultureInfo.InvariantCulture, $"of {_predicted} candidates that map predicted, the measured objectives are {string.Join(", ", _errors.Select(error => (error / _predicted).ToString("0.####", CultureInfo.InvariantCulture)))} off on average")],
        .. _narrowest > 0.9 ? Array.Empty<string>() : [string.Create(CultureInfo.InvariantCulture, $"map kept to the box that its trials span, which is {_narrowest:0.##} of the space where it is narrowest")],
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (_planned.Length == 0)
        {
            _planned = Plan();
        }

        return _ledger.Ask(count, _planned.Length, place => _planned[place].Point);
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _ledger.Tell(verdicts);
        if (_ledger.Asked.Count < _planned.Length || _ledger.PendingCount > 0)
        {
            return;
        }

        foreach ((AskedCandidate asked, (_, double[]? expected)) in _ledger.Asked.Zip(_planned))
        {
            _trials.Add((asked.Point, asked.Objectives?.ToArray()));
            if (expected is not null && asked.Objectives is { } measured)
            {
                _predicted++;
                for (int m = 0; m < _objectives; m++)
                {
                    _errors[m] += Math.Abs(measured[m] - expected[m]);
                }
            }
        }

        _ledger.BeginGeneration();
        _planned = [];
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations) =>
        _trials.AddRange(_ledger.Read(observations).Select(trial => (trial.Point, trial.Objectives?.ToArray())));

    /// <inheritdoc/>
    public Recommendation? Recommend() => null;

    private (double[] Point, double[]? Expected)[] Plan()
    {
        int missing = _designPoints - _trials.Count;
        if (missing > 0 || _trials.Count(trial => trial.Values is not null) < 2)
        {
            return [.. Enumerable.Range(0, missing > 0 ? missing : PopulationSize).Select(_ => (DesignPoint(), (double[]?)null))];
        }

        double[][] points = [.. _trials.Select(trial => trial.Point)];
        double[][] values = [.. Enumerable.Range(0, _objectives).Select(m => ResponseSurfaceStrategy.Cut([.. _trials.Select(trial => trial.Values?[m])]))];
        double[] weights = [.. Dominance.Ranks([.. points.Select((_, i) => values.Select(row => row[i]).ToArray())]).Select(rank => 1.0 / (1 + rank))];
        _surfaces = [.. values.Select(row => QuadraticSurface.Fit(points, row, weights, _isFull, _options.Link))];
        List<(double[] Point, double[] Expected)> front = Front(points);
        List<(double[] Point, double[]? Expected)> chosen = [];
        List<double[]> known = [.. points.Select(Heights)];
        foreach ((double[] point, double[] expected) in Spread(front, known).Take(PopulationSize))
        {
            chosen.Add((point, expected));
        }

        while (chosen.Count < PopulationSize)
        {
            double[] point = DesignPoint();
            chosen.Add((point, Heights(point)));
        }

        return [.. chosen];
    }

    private double[] DesignPoint()
    {
        long index = _drawn++;
        if (index < _corners.Count)
        {
            return _corners[(int)index];
        }

        double[] point = new double[_space.Axes.Count];
        _sequence.Point(index - _corners.Count, point);
        return Snap(point);
    }

    private double[] Heights(double[] point) => [.. _surfaces.Select(surface => surface.Height(point))];

    // The front of the surfaces within the box of the points, as far as NSGA-III finds it from these.
    private List<(double[] Point, double[] Expected)> Front(double[][] points)
    {
        int n = _space.Axes.Count;
        double[] lower = [.. Enumerable.Range(0, n).Select(j => points.Min(point => point[j]))];
        double[] upper = [.. Enumerable.Range(0, n).Select(j => points.Max(point => point[j]))];
        _narrowest = upper.Zip(lower, (high, low) => high - low).Min();
        int[] free = [.. Enumerable.Range(0, n).Where(j => lower[j] < upper[j])];
        if (free.Length == 0)
        {
            return [];
        }

        double[] Whole(IReadOnlyList<double> part)
        {
            double[] point = [.. lower];
            for (int k = 0; k < free.Length; k++)
            {
                point[free[k]] = part[k];
            }

            return Snap(point);
        }

        var box = new SearchSpace([.. free.Select(j => new Coefficient(_space.Axes[j].Name, lower[j], upper[j], (lower[j] + upper[j]) / 2))]);
        var search = new GeneticStrategy(
            box,
            new GeneticOptions
            {
                Population = InnerPopulation,
                Seed = unchecked((long)new Rng(_options.Seed, _ledger.Generation, PlanStream).NextBits()),
                Crossover = new SimulatedBinaryCrossover(20),
                CrossoverProbability = 1,
                Selection = new TournamentSelection(1),
                Reinsertion = new ReferenceReinsertion(ReferenceDirections.About(_objectives, InnerPopulation)),
            },
            Name,
            _objectives);
        search.Learn([.. points.Select(point => new Observation([.. free.Select(j => point[j])], Heights(point)))]);
        var last = new List<(double[] Point, double[] Expected)>();
        for (int generation = 0; generation < _options.Generations && search.StopReason is null; generation++)
        {
            IReadOnlyList<Candidate> candidates = search.Ask(InnerPopulation);
            (double[] Point, double[] Expected)[] seen = [.. candidates.Select(candidate => Whole(candidate.Coefficients)).Select(point => (point, Heights(point)))];
            search.Tell([.. candidates.Zip(seen, (candidate, one) => new Verdict(candidate, one.Expected))]);
            last.RemoveRange(0, Math.Max(0, last.Count - (4 * InnerPopulation)));
            last.AddRange(seen);
        }

        return [.. Dominance.Front([.. last.Select(one => one.Expected)]).Select(index => last[index])];
    }

    // One after the other what is furthest from all that was measured or chosen before, in units of the front's range; never a point again.
    private IEnumerable<(double[] Point, double[] Expected)> Spread(List<(double[] Point, double[] Expected)> front, List<double[]> known)
    {
        List<double[]> points = [.. _trials.Select(trial => trial.Point)];
        var left = front.Where(one => !points.Any(point => point.AsSpan().SequenceEqual(one.Point))).ToList();
        if (left.Count == 0)
        {
            yield break;
        }

        var scale = new Scalarisation([.. front.Select(one => one.Expected)]);
        double Distance(double[] a, double[] b) => Enumerable.Range(0, _objectives).Sum(m => Math.Pow(scale.Unit(m, a[m]) - scale.Unit(m, b[m]), 2));
        double[] distances = [.. left.Select(one => known.Min(other => Distance(one.Expected, other)))];
        while (true)
        {
            int furthest = Array.IndexOf(distances, distances.Max());
            if (!(distances[furthest] > 0))
            {
                yield break;
            }

            yield return left[furthest];
            for (int i = 0; i < distances.Length; i++)
            {
                distances[i] = Math.Min(distances[i], Distance(left[i].Expected, left[furthest].Expected));
            }
        }
    }

    private double[] Snap(double[] point) => [.. point.Select((x, j) => AxisCells.Snap(_space.Axes[j], x))];
}
