namespace Search.Strategies.Bayesian;

/// <summary>
/// Bayesian optimisation: a Gaussian process with a Matérn-5/2 covariance and a lengthscale an axis, fitted by maximal posterior density,
/// says after a space-filling design where an evaluation promises most. Pending candidates are imagined (Snoek et al. 2012), failed ones
/// count as the worst that was seen. Evaluations that differ for the same coefficients are noise, which the process fits.
/// </summary>
public sealed class BayesianStrategy : ISearchStrategy
{
    private const long RecommendationStream = 0x4EC0;

    private readonly TrialBook _trials;
    private readonly SearchSpace _space;
    private readonly AxisEmbedding _embedding;
    private readonly InitialDesign _design;
    private readonly SurrogateModel _model;
    private readonly AcquisitionSearch _search;
    private readonly long _seed;

    /// <summary>Starts a search with the space's start as the first point of its design.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, the space has more axes than there are Sobol dimensions, or prior <c>distances</c> has no models to measure.</exception>
    public BayesianStrategy(SearchSpace space, BayesianOptions options)
    {
        _space = space;
        _embedding = new AxisEmbedding(space.Axes);
        _trials = new TrialBook(space, _embedding);
        _design = new InitialDesign(Name, space, _embedding, options.InitialPoints, options.BatchSize, options.Seed);
        _search = new AcquisitionSearch(_embedding, BayesianParts.Find(BayesianParts.Acquisitions, options.Acquisition, nameof(options.Acquisition))(), options.Seed);
        _model = new SurrogateModel(
            BayesianParts.Find(BayesianParts.Kernels, options.Kernel, nameof(options.Kernel)),
            BayesianParts.Find(BayesianParts.Priors, options.Prior, nameof(options.Prior))(space, options.Distance),
            _embedding.Groups);
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
    public IReadOnlyList<Candidate> Ask(int count) => _design.Ask(_trials, count, Propose);

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

    private double[]? Propose()
    {
        if (_trials.Data() is not { } data)
        {
            return null;
        }

        _model.Update(data.Inputs, data.Values);
        return _search.Next(_model.Process, data, _trials.Pending, _trials.AskedCount);
    }
}
