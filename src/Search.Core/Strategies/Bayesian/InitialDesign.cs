using Search.Strategies.Sampling;

namespace Search.Strategies.Bayesian;

/// <summary>The points that a Bayesian search evaluates before it has a model: the space's start, then a scrambled Sobol sequence.</summary>
internal sealed class InitialDesign
{
    private const int MaximalPending = 256;

    private readonly SearchSpace _space;
    private readonly AxisEmbedding _embedding;
    private readonly SobolSequence _sequence;
    private readonly int _points;
    private long _drawn;

    /// <summary>Checks what all Bayesian searches ask of their space and settings, and starts the design.</summary>
    /// <param name="strategy">The strategy's name, for errors.</param>
    /// <param name="space">What is searched.</param>
    /// <param name="embedding">Its axes.</param>
    /// <param name="initialPoints">Points before there is a model, or null for n + 1 of n axes.</param>
    /// <param name="batchSize">Candidates at once.</param>
    /// <param name="seed">The seed of the scrambling.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the space has more axes than there are Sobol dimensions.</exception>
    public InitialDesign(string strategy, SearchSpace space, AxisEmbedding embedding, int? initialPoints, int batchSize, long seed)
    {
        int n = space.Axes.Count;
        if (n > SobolSequence.MaximalDimension)
        {
            throw new ArgumentException($"'{strategy}' searches at most {SobolSequence.MaximalDimension} free numbers, this space has {n}: use cma_es.", nameof(space));
        }

        if (initialPoints < 2)
        {
            throw new ArgumentException($"InitialPoints must be at least 2, got {initialPoints}.", nameof(initialPoints));
        }

        if (batchSize is < 1 or > BayesianOptions.MaximalBatch)
        {
            throw new ArgumentException($"BatchSize must be from 1 to {BayesianOptions.MaximalBatch}, got {batchSize}.", nameof(batchSize));
        }

        _space = space;
        _embedding = embedding;
        _sequence = new SobolSequence(n, seed);
        _points = initialPoints ?? (n + 1);
    }

    /// <summary>Asks for points of the design, and for what a model proposes once learned trials and the design are enough for one.</summary>
    /// <param name="trials">Where they are asked for.</param>
    /// <param name="count">How many at most; positive.</param>
    /// <param name="propose">What the model proposes; null while everything has failed, which the design goes on with once nothing is pending.</param>
    public IReadOnlyList<Candidate> Ask(TrialBook trials, int count, Func<double[]?> propose)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var candidates = new List<Candidate>(count);
        while (candidates.Count < count && trials.PendingCount < MaximalPending)
        {
            bool isDesign = trials.LearnedCount + _drawn < _points;
            if (!isDesign && propose() is { } point)
            {
                candidates.Add(trials.Ask(point));
            }
            else if (isDesign || trials.PendingCount == 0)
            {
                candidates.Add(trials.Ask(Next()));
            }
            else
            {
                break;
            }
        }

        return candidates;
    }

    /// <summary>The next point.</summary>
    /// <returns>One number in [0, 1] an axis; the middle of its cell where an axis has levels.</returns>
    public double[] Next()
    {
        double[] point = [.. _space.Axes.Select(axis => axis.Start)];
        if (_drawn > 0)
        {
            _sequence.Point(_drawn - 1, point);
            _embedding.Snap(point);
        }

        _drawn++;
        return point;
    }
}
