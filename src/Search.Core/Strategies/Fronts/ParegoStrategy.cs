using Search.Results.Fronts;
using Search.Strategies.Bayesian;

namespace Search.Strategies.Fronts;

/// <summary>
/// ParEGO (Knowles 2006, doi:10.1109/TEVC.2005.851274): every candidate has weights of its own, which fill the simplex evenly and make one number of
/// the objectives, the augmented Chebyshev distance; a Gaussian process of that number says where an evaluation promises most. Pending
/// candidates are imagined, failed ones count as the worst that was seen.
/// </summary>
public sealed class ParegoStrategy : ISearchStrategy
{
    private readonly SearchSpace _space;
    private readonly AxisEmbedding _embedding;
    private readonly HyperPrior _prior;
    private readonly TrialBook _trials;
    private readonly InitialDesign _design;
    private readonly SurrogateModel _model;
    private readonly AcquisitionSearch _search;
    private readonly int _objectives;

    /// <summary>Starts a search with the space's start as the first point of its design.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="objectives">How many objectives candidates have; at least 2.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, the space has more axes than there are Sobol dimensions, or prior <c>distances</c> has no models to measure.</exception>
    public ParegoStrategy(SearchSpace space, int objectives, ProcessFrontOptions options)
    {
        _space = space;
        _embedding = new AxisEmbedding(space.Axes);
        _prior = BayesianParts.Find(BayesianParts.Priors, options.Prior, nameof(options.Prior))(space, options.Distance);
        _trials = new TrialBook(space, _embedding, objectives);
        _design = new InitialDesign(Name, space, _embedding, options.InitialPoints, options.BatchSize, options.Seed);
        _model = new SurrogateModel(new Matern52Kernel(), _prior, _embedding.Groups);
        _search = new AcquisitionSearch(_embedding, BayesianParts.Acquisitions["log_ei"](), options.Seed);
        _objectives = objectives;
        PopulationSize = options.BatchSize;
    }

    /// <inheritdoc/>
    public string Name => "parego";

    /// <inheritdoc/>
    public int PopulationSize { get; }

    /// <inheritdoc/>
    public string? StopReason => null;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count) => _design.Ask(_trials, count, () => _trials.Scored is { Length: > 0 } scored ? Propose(scored) : null);

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts) => _trials.Tell(verdicts);

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations) => _trials.Learn(observations);

    /// <inheritdoc/>
    public Recommendation? Recommend() => null;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<double>> RecommendFront() => BelievedFront.Of(_trials, _space, _embedding, _prior, _objectives);

    private double[] Propose(double[][] scored)
    {
        double[] weights = WeightSequence.At(_trials.AskedCount, _objectives);
        var scale = new Scalarisation(scored);
        TrialData data = _trials.Data(outcome: values => scale.Of(weights, values))!;
        _model.Update(data.Inputs, data.Values);
        return _search.Next(_model.Process, data, _trials.Pending, _trials.AskedCount);
    }
}
