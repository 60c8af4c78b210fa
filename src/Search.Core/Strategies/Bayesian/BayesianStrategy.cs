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
    private const double SamePoint = 1e-9;
    private const int Replacements = 32;
    private const int BestKnown = 2;
    private const long FantasyStream = 0xFA27;
    private const long ProposalStream = 0x9409;
    private const long RecommendationStream = 0x4EC0;

    private readonly AskLedger _ledger;
    private readonly SearchSpace _space;
    private readonly AxisEmbedding _embedding;
    private readonly SobolSequence _design;
    private readonly SurrogateModel _model;
    private readonly Proposer _proposer;
    private readonly int _designPoints;
    private readonly long _seed;
    private readonly List<(double[] Point, double[] Inputs, double? Value)> _learned = [];
    private readonly List<double[]> _inputs = []; // of every candidate asked for
    private int _drawn; // points of the design asked for

    /// <summary>Starts a search with the space's start as the first point of its design.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has more axes than there are Sobol dimensions.</exception>
    public BayesianStrategy(SearchSpace space, BayesianOptions options)
    {
        int n = space.Axes.Count;
        if (n > SobolSequence.MaximalDimension)
        {
            throw new ArgumentException($"'{Name}' searches at most {SobolSequence.MaximalDimension} free numbers, this space has {n}: use cma_es.", nameof(space));
        }

        if (options.InitialPoints < 2)
        {
            throw new ArgumentException($"InitialPoints must be at least 2, got {options.InitialPoints}.", nameof(options));
        }

        if (options.BatchSize is < 1 or > BayesianOptions.MaximalBatch)
        {
            throw new ArgumentException($"BatchSize must be from 1 to {BayesianOptions.MaximalBatch}, got {options.BatchSize}.", nameof(options));
        }

        _space = space;
        _ledger = new AskLedger(space);
        _embedding = new AxisEmbedding(space.Axes);
        _design = new SobolSequence(n, options.Seed);
        _proposer = Find(BayesianParts.Acquisitions, options.Acquisition, nameof(options.Acquisition))();
        _model = new SurrogateModel(Find(BayesianParts.Kernels, options.Kernel, nameof(options.Kernel)), Find(BayesianParts.Priors, options.Prior, nameof(options.Prior)), _embedding.Groups);
        _designPoints = options.InitialPoints ?? (2 * (n + 1));
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
        while (candidates.Count < count && _ledger.PendingCount < MaximalPending)
        {
            if (_learned.Count + _drawn < _designPoints)
            {
                candidates.Add(Ask(DesignPoint()));
            }
            else if (Data() is { } data)
            {
                _model.Update(data.Inputs, data.Values);
                candidates.Add(Ask(Propose(data.Points, data.Inputs)));
            }
            else if (_ledger.PendingCount == 0)
            {
                candidates.Add(Ask(DesignPoint())); // everything has failed so far
            }
            else
            {
                break;
            }
        }

        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts) => _ledger.Tell(verdicts);

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        foreach ((double[] point, IReadOnlyList<double>? objectives) in _ledger.Read(observations))
        {
            _learned.Add((point, _embedding.Embed(point), objectives?[0]));
        }
    }

    /// <inheritdoc/>
    public Recommendation? Recommend()
    {
        if (Data() is not { } data)
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

    private Candidate Ask(double[] point)
    {
        _inputs.Add(_embedding.Embed(point));
        return _ledger.Ask(point);
    }

    private double[] DesignPoint()
    {
        double[] point = new double[_embedding.Axes];
        if (_drawn == 0)
        {
            point = [.. _space.Axes.Select(axis => axis.Start)];
        }
        else
        {
            _design.Point(_drawn - 1, point);
            _embedding.Snap(point);
        }

        _drawn++;
        return point;
    }

    // What is known, in an order that does not depend on the order of telling; null without a single success.
    private (List<double[]> Points, List<double[]> Inputs, List<double> Values)? Data()
    {
        List<double?> told = [.. _learned.Select(trial => trial.Value), .. _ledger.Asked.Where(asked => asked.IsTold).Select(asked => asked.Objectives?[0])];
        if (told.Max() is not { } worst)
        {
            return null;
        }

        return (
            [.. _learned.Select(trial => trial.Point), .. _ledger.Asked.Where(asked => asked.IsTold).Select(asked => asked.Point)],
            [.. _learned.Select(trial => trial.Inputs), .. _ledger.Asked.Where(asked => asked.IsTold).Select(asked => _inputs[asked.Candidate.Index])],
            [.. told.Select(value => value ?? worst)]);
    }

    private double[] Propose(List<double[]> points, List<double[]> observed)
    {
        var rng = new Rng(_seed, ProposalStream, _ledger.Asked.Count);
        GaussianProcess process = _model.Process;
        double[][] means = [new double[observed.Count]];
        process.Predict(observed, means, new double[observed.Count]);
        double[][] best = [.. Enumerable.Range(0, points.Count).OrderBy(i => means[0][i]).Take(BestKnown).Select(i => points[i])];

        double[][] pending = [.. _ledger.Asked.Where(asked => !asked.IsTold).Select(asked => _inputs[asked.Candidate.Index])];
        bool isImagined = pending.Length > 0 && process.TryImagine(pending, Normals(pending.Length));
        List<double[]> known = [.. observed, .. pending];
        double[] point = _proposer.Propose(new Belief(process, _embedding, observed, known, best), rng);
        if (isImagined)
        {
            process.Forget();
        }

        for (int i = 0; i < Replacements && IsKnown(_embedding.Embed(point), known); i++)
        {
            point = [.. point.Select(_ => rng.NextUniform())];
            _embedding.Snap(point);
        }

        return point;
    }

    private double[][] Normals(int points)
    {
        var sequence = new SobolSequence(points, unchecked((long)new Rng(_seed, FantasyStream, _ledger.Asked.Count).NextBits()));
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

    private static bool IsKnown(double[] inputs, List<double[]> known) =>
        known.Exists(other => inputs.Zip(other).All(pair => Math.Abs(pair.First - pair.Second) < SamePoint));
}
