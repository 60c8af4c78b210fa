using Search.Strategies.Sampling;

namespace Search.Strategies.Bayesian;

/// <summary>
/// Bayesian optimisation in a trust region (TuRBO-1; Eriksson et al. 2019, arXiv:1910.01739) for tens to hundreds of coefficients: a local
/// Gaussian process, a box around its best point that grows with successes and shrinks with failures, Thompson sampling inside, and a new
/// start elsewhere once the box is too small. Unlike in the paper, the lowest candidate of a drawn function is improved by its gradient.
/// </summary>
public sealed class TurboStrategy : ISearchStrategy
{
    private const double InitialLength = 0.8; // L of appendix D, a fraction of the range, as are the other two
    private const double SmallestLength = 1.0 / 128;
    private const double LargestLength = 1.6;
    private const int SuccessesToGrow = 3;
    private const int LeastFailuresToShrink = 4;
    private const double Improvement = 1e-3; // of the best value, below which a success does not count
    private const int CandidatesAnAxis = 100;
    private const int MaximalCandidates = 2000;
    private const double MovedAxes = 20; // expected among those of a candidate, where there are more
    private const int MaximalData = 500; // points of the local process, so that it never costs much
    private const int MaximalPending = 256;
    private const long Stream = 0x7B0;

    private readonly SearchSpace _space;
    private readonly AxisEmbedding _embedding;
    private readonly TrialBook _trials;
    private readonly InitialDesign _design;
    private readonly int _designPoints;
    private readonly long _seed;

    private SurrogateModel _model;
    private int _regionStart; // the first candidate asked for in this region
    private int _drawn; // points of the design asked for in this region
    private double _length = InitialLength;
    private double _best = double.PositiveInfinity;
    private int _counted; // trials of this region that the box has answered to
    private int _successes;
    private int _failures;

    /// <summary>Starts a search with the space's start as the first point of its design.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has more axes than there are Sobol dimensions.</exception>
    public TurboStrategy(SearchSpace space, TurboOptions options)
    {
        int n = space.Axes.Count;
        _space = space;
        _embedding = new AxisEmbedding(space.Axes);
        _trials = new TrialBook(space, _embedding);
        _design = new InitialDesign(Name, space, _embedding, options.InitialPoints, options.BatchSize, options.Seed);
        _designPoints = options.InitialPoints ?? Math.Max(2 * n, 4);
        _seed = options.Seed;
        _model = NewModel();
        PopulationSize = options.BatchSize;
    }

    /// <inheritdoc/>
    public string Name => "turbo";

    /// <inheritdoc/>
    public int PopulationSize { get; }

    /// <inheritdoc/>
    public string? StopReason => null;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        TrialData? data = _trials.Data(_regionStart);
        if (data is not null && _drawn >= DesignLeft)
        {
            data = Answer(data);
        }

        var candidates = new List<Candidate>(count);
        while (candidates.Count < count && _trials.PendingCount < MaximalPending)
        {
            if (_drawn < DesignLeft || (data is null && _trials.PendingCount == 0))
            {
                candidates.Add(_trials.Ask(DesignPoint()));
            }
            else if (data is not null)
            {
                candidates.Add(_trials.Ask(Propose(data)));
            }
            else
            {
                break;
            }
        }

        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts) => _trials.Tell(verdicts);

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations) => _trials.Learn(observations);

    /// <inheritdoc/>
    public Recommendation? Recommend()
    {
        if (_trials.Data() is not { } data)
        {
            return null;
        }

        TrialData near = Nearest(data);
        (GaussianProcess process, OutcomeTransform transform) = _model.Peek(near.Inputs, near.Values);
        double[] heights = new MeanSurface(process).Evaluate(near.Inputs);
        double highest = heights.Max();
        return new Recommendation(_space.Decode(near.Points[Array.IndexOf(heights, highest)]), "evaluated point with the lowest posterior mean", transform.Invert(-highest));
    }

    // How many points of its design the region has to draw: trials that were learned count in the first one.
    private int DesignLeft => Math.Max(0, _designPoints - (_regionStart == 0 ? _trials.LearnedCount : 0));

    private SurrogateModel NewModel() => new(new Matern52Kernel(), new GammaPrior(), _embedding.Groups);

    private double[] DesignPoint()
    {
        _drawn++;
        return _design.Next();
    }

    // Grows or shrinks the box by what was told since the last time; null when that ends the region.
    private TrialData? Answer(TrialData data)
    {
        int told = data.Values.Count - _counted;
        if (told == 0)
        {
            return data;
        }

        double best = data.Values.Min();
        if (_counted == 0)
        {
            // The design is neither a success nor a failure.
        }
        else if (best < _best - (Improvement * Math.Abs(_best)))
        {
            _successes++;
            _failures = 0;
        }
        else
        {
            _successes = 0;
            _failures += told;
        }

        _counted = data.Values.Count;
        _best = Math.Min(_best, best);
        if (_successes >= SuccessesToGrow)
        {
            _length = Math.Min(2 * _length, LargestLength);
            _successes = 0;
        }
        else if (_failures >= Math.Max(LeastFailuresToShrink, _embedding.Axes))
        {
            _length /= 2;
            _failures = 0;
        }

        if (_length >= SmallestLength)
        {
            return data;
        }

        (_length, _best, _counted, _drawn, _successes, _failures) = (InitialLength, double.PositiveInfinity, 0, 0, 0, 0);
        _regionStart = _trials.AskedCount;
        _model = NewModel();
        return null;
    }

    private double[] Propose(TrialData data)
    {
        TrialData near = Nearest(data);
        _model.Update(near.Inputs, near.Values);
        GaussianProcess process = _model.Process;
        double[] heights = new MeanSurface(process).Evaluate(near.Inputs);
        double[] centre = near.Points[Array.IndexOf(heights, heights.Max())];

        var rng = new Rng(_seed, Stream, _trials.AskedCount);
        (double[] lower, double[] upper) = Box(process, centre);
        double[][] candidates = Candidates(centre, lower, upper, rng);
        double[][] inputs = [.. candidates.Select(candidate => _embedding.Embed(candidate))];
        var path = new PathSurface(process, near.Inputs, rng);
        double[] drawn = path.Evaluate(inputs);
        List<double[]> known = [.. near.Inputs, .. _trials.Pending];
        IEnumerable<int> order = Enumerable.Range(0, drawn.Length).OrderByDescending(i => drawn[i]);
        double[] point = candidates[order.Take(MaximalPending).FirstOrDefault(i => !AxisEmbedding.IsAmong(inputs[i], known), order.First())];
        return new PointSearch(_embedding).Ascend(path, process, point, lower, upper);
    }

    // Sides proportional to the lengthscales, of the volume L^n, clipped to [0, 1]; axes without order are not narrowed.
    private (double[] Lower, double[] Upper) Box(GaussianProcess process, double[] centre)
    {
        double[] lengthscales = [.. Enumerable.Range(0, centre.Length).Select(axis => process.Lengthscale(_embedding.FirstInput(axis)))];
        double average = Math.Exp(lengthscales.Average(Math.Log));
        double[] halves = [.. lengthscales.Select((lengthscale, axis) =>
            _embedding.Levels(axis) > 0 && !_embedding.IsOrdered(axis) ? 1 : _length * lengthscale / average / 2)];
        return ([.. centre.Zip(halves, (x, half) => Math.Max(0, x - half))], [.. centre.Zip(halves, (x, half) => Math.Min(1, x + half))]);
    }

    private double[][] Candidates(double[] centre, double[] lower, double[] upper, Rng rng)
    {
        int n = centre.Length;
        double share = Math.Min(1, MovedAxes / n);
        var sequence = new SobolSequence(n, unchecked((long)rng.NextBits()));
        double[][] candidates = new double[Math.Min(CandidatesAnAxis * n, MaximalCandidates)][];
        for (int c = 0; c < candidates.Length; c++)
        {
            double[] candidate = new double[n];
            sequence.Point(c, candidate);
            int always = (int)(rng.NextUniform() * n); // at least one axis moves
            for (int axis = 0; axis < n; axis++)
            {
                bool moves = rng.NextUniform() < share || axis == always;
                candidate[axis] = moves ? lower[axis] + ((upper[axis] - lower[axis]) * candidate[axis]) : centre[axis];
            }

            _embedding.Snap(candidate);
            candidates[c] = candidate;
        }

        return candidates;
    }

    // The trials nearest to the best one, in their old order.
    private static TrialData Nearest(TrialData data)
    {
        if (data.Values.Count <= MaximalData)
        {
            return data;
        }

        double[] best = data.Inputs[data.Values.IndexOf(data.Values.Min())];
        int[] kept = [.. Enumerable.Range(0, data.Values.Count)
            .OrderBy(i => data.Inputs[i].Zip(best).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second))).Take(MaximalData).Order()];
        return new TrialData([.. kept.Select(i => data.Points[i])], [.. kept.Select(i => data.Inputs[i])], [.. kept.Select(i => data.Values[i])]);
    }
}
