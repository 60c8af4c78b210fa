using Search.Results.Fronts;
using Search.Strategies.Bayesian;

namespace Search.Strategies.Fronts;

/// <summary>
/// Noisy expected hypervolume improvement (Daulton et al. 2021, arXiv:2105.08195): a Gaussian process an objective; the next candidate is where the front's
/// volume can be expected to grow most, over functions drawn from all processes, whose fronts among the known and the pending points are what it
/// grows from. Volumes are measured in the processes' units, in which outliers are drawn in. Failed candidates count as the worst that was seen.
/// </summary>
public sealed class NehviStrategy : ISearchStrategy
{
    private const int Draws = 16;
    private const int BestKnown = 6; // points of the believed front around which the climb begins
    private const long ProposalStream = 0x4E41;

    private readonly SearchSpace _space;
    private readonly TrialBook _trials;
    private readonly InitialDesign _design;
    private readonly AxisEmbedding _embedding;
    private readonly HyperPrior _prior;
    private readonly SurrogateModel[] _models;
    private readonly long _seed;

    /// <summary>Starts a search with the space's start as the first point of its design.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="objectives">How many objectives candidates have; at least 2.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, the space has more axes than there are Sobol dimensions, or prior <c>distances</c> has no models to measure.</exception>
    public NehviStrategy(SearchSpace space, int objectives, ProcessFrontOptions options)
    {
        _space = space;
        _embedding = new AxisEmbedding(space.Axes);
        _trials = new TrialBook(space, _embedding, objectives);
        _design = new InitialDesign(Name, space, _embedding, options.InitialPoints, options.BatchSize, options.Seed);
        _prior = BayesianParts.Find(BayesianParts.Priors, options.Prior, nameof(options.Prior))(space, options.Distance);
        _models = [.. Enumerable.Range(0, objectives).Select(_ => new SurrogateModel(new Matern52Kernel(), _prior, _embedding.Groups))];
        _seed = options.Seed;
        PopulationSize = options.BatchSize;
    }

    /// <inheritdoc/>
    public string Name => "nehvi";

    /// <inheritdoc/>
    public int PopulationSize { get; }

    /// <inheritdoc/>
    public string? StopReason => null;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count) => _design.Ask(_trials, count, () => _trials.Scored.Length > 0 ? Propose() : null);

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts) => _trials.Tell(verdicts);

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations) => _trials.Learn(observations);

    /// <inheritdoc/>
    public Recommendation? Recommend() => null;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<double>> RecommendFront() => BelievedFront.Of(_trials, _space, _embedding, _prior, _models.Length);

    private double[] Propose()
    {
        var rng = new Rng(_seed, ProposalStream, _trials.AskedCount);
        TrialData data = _trials.Data()!;
        double[][] believed = BelievedFront.ByPoint([.. _models.Select((model, m) =>
        {
            model.Update(data.Inputs, _trials.Data(outcome: values => values[m])!.Values);
            return BelievedFront.Means(model, data);
        })]);
        List<int> front = [.. Dominance.Front(believed)];
        while (front.Count > BestKnown)
        {
            front.RemoveAt((int)(rng.NextUniform() * front.Count));
        }

        List<double[]> known = [.. data.Inputs, .. _trials.Pending];
        PathDraws[] draws = [.. _models.Select(model => new PathDraws(model.Process, data.Inputs, Draws, rng))];
        var surface = new VolumeGain(draws, Draws, believed, known, rng);
        double[] point = new PointSearch(_embedding).Climb(surface, _models[0].Process, [.. front.Select(i => data.Points[i])], rng).Point;
        return _embedding.Unlike(known, point, rng);
    }
}
