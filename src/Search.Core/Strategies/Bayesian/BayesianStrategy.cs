using Search.Strategies.Sampling;

namespace Search.Strategies.Bayesian;

/// <summary>
/// Bayesian optimisation: a Gaussian process with a Matérn-5/2 covariance and a lengthscale an axis, fitted by maximal posterior density,
/// says after a space-filling design where an evaluation promises most. Pending candidates are imagined (Snoek et al. 2012), failed ones
/// count as the worst that was seen. Evaluations that differ for the same coefficients are noise, which the process fits.
/// </summary>
public sealed class BayesianStrategy : ISearchStrategy
{
    private const int MaximalPending = 256;
    private const int Outcomes = 32; // imagined for pending candidates
    private const int Replacements = 32;
    private const int BestKnown = 2;
    private const long FantasyStream = 0xFA27;
    private const long ProposalStream = 0x9409;
    private const long RecommendationStream = 0x4EC0;

    private readonly TrialBook _trials;
    private readonly SearchSpace _space;
    private readonly AxisEmbedding _embedding;
    private readonly InitialDesign _design;
    private readonly SurrogateModel _model;
    private readonly Proposer _proposer;
    private readonly int _designPoints;
    private readonly long _seed;
    private int _drawn; // points of the design asked for

    /// <summary>Starts a search with the space's start as the first point of its design.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has more axes than there are Sobol dimensions.</exception>
    public BayesianStrategy(SearchSpace space, BayesianOptions options)
    {
        int n = space.Axes.Count;
        _space = space;
        _embedding = new AxisEmbedding(space.Axes);
        _trials = new TrialBook(space, _embedding);
        _design = new InitialDesign(Name, space, _embedding, options.InitialPoints, options.BatchSize, options.Seed);
        _proposer = Find(BayesianParts.Acquisitions, options.Acquisition, nameof(options.Acquisition))();
        _model = new SurrogateModel(Find(BayesianParts.Kernels, options.Kernel, nameof(options.Kernel)), Find(BayesianParts.Priors, options.Prior, nameof(options.Prior)), _embedding.Groups);
        _designPoints = options.InitialPoints ?? (n + 1);
        _seed = options.Seed;
        PopulationSize = options.BatchSize;
    }

    /// <inheritdoc/>
    public string Name => "bayesian";

    /// <inheritdoc/>
    public int PopulationSize { get; }

    /// <inheritdoc/>
    public string? StopReason => null;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var candidates = new List<Candidate>(count);
        while (candidates.Count < count && _trials.PendingCount < MaximalPending)
        {
            if (_trials.LearnedCount + _drawn < _designPoints)
            {
                candidates.Add(_trials.Ask(DesignPoint()));
            }
            else if (_trials.Data() is { } data)
            {
                _model.Update(data.Inputs, data.Values);
                candidates.Add(_trials.Ask(Propose(data)));
            }
            else if (_trials.PendingCount == 0)
            {
                candidates.Add(_trials.Ask(DesignPoint())); // everything has failed so far
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

        (GaussianProcess process, OutcomeTransform transform) = _model.Peek(data.Inputs, data.Values);
        var surface = new MeanSurface(process);
        double[] heights = surface.Evaluate(data.Inputs);
        double[] best = data.Points[Array.IndexOf(heights, heights.Max())];
        (double[] point, double height) = new PointSearch(_embedding).Climb(surface, process, [best], new Rng(_seed, RecommendationStream, data.Points.Count));
        return new Recommendation(_space.Decode(point), "lowest posterior mean", transform.Invert(-height));
    }

    private static T Find<T>(IReadOnlyDictionary<string, T> parts, string name, string setting) => parts.TryGetValue(name, out T? part)
        ? part
        : throw new ArgumentException($"{setting} must be one of {string.Join(", ", parts.Keys)}, got '{name}'.", setting);

    private double[] DesignPoint()
    {
        _drawn++;
        return _design.Next();
    }

    private double[] Propose(TrialData data)
    {
        List<double[]> observed = data.Inputs;
        var rng = new Rng(_seed, ProposalStream, _trials.AskedCount);
        GaussianProcess process = _model.Process;
        double[][] means = [new double[observed.Count]];
        process.Predict(observed, means, new double[observed.Count]);
        double[][] best = [.. Enumerable.Range(0, observed.Count).OrderBy(i => means[0][i]).Take(BestKnown).Select(i => data.Points[i])];

        _proposer.Observe(process, observed.Count);
        double[][] pending = _trials.Pending;
        bool isImagined = pending.Length > 0 && process.TryImagine(pending, Normals(pending.Length));
        List<double[]> known = [.. observed, .. pending];
        double[] point = _proposer.Propose(new Belief(process, _embedding, observed, known, best), rng);
        if (isImagined)
        {
            process.Forget();
        }

        for (int i = 0; i < Replacements && AxisEmbedding.IsAmong(_embedding.Embed(point), known); i++)
        {
            point = [.. point.Select(_ => rng.NextUniform())];
            _embedding.Snap(point);
        }

        return point;
    }

    private double[][] Normals(int points)
    {
        var sequence = new SobolSequence(points, unchecked((long)new Rng(_seed, FantasyStream, _trials.AskedCount).NextBits()));
        double[][] normals = new double[Outcomes][];
        for (int s = 0; s < Outcomes; s++)
        {
            normals[s] = new double[points];
            sequence.Point(s, normals[s]);
            for (int i = 0; i < points; i++)
            {
                normals[s][i] = NormalDistribution.Quantile(normals[s][i] + (0.5 / (1L << 32)));
            }
        }

        return normals;
    }
}
