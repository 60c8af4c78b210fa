namespace Search.Strategies.CmaEs;

/// <summary>
/// A search on ℝⁿ, generation by generation: runs of one evolution strategy, one after another as a <see cref="RestartSchedule"/> has it.
/// Numbers drawn depend on the seed and the generation's number only, which counts on through restarts.
/// </summary>
internal sealed class EvolutionSearch
{
    private const int QuantisedGenerations = 10; // later, equal values may come from having converged

    private readonly EvolutionVariant _variant;
    private readonly RunStart _start;
    private readonly RestartSchedule _restarts;
    private readonly Func<Rng, double[]> _restartMean;
    private readonly long _seed;
    private readonly bool _doublesForTies;
    private int _lambda;
    private bool _doubled;
    private long _runEvaluations;
    private MeanHistory _means;
    private double _bestLevel = double.PositiveInfinity;
    private (double[] Mean, bool IsAverage)? _best;

    /// <summary>Starts a search.</summary>
    /// <param name="variant">The evolution strategy.</param>
    /// <param name="start">Where the first run starts.</param>
    /// <param name="lambda">Points a generation of the first run; at least 2.</param>
    /// <param name="restarts">What follows a run.</param>
    /// <param name="restartMean">Where a later run starts, from random numbers.</param>
    /// <param name="seed">The seed of the random numbers.</param>
    /// <param name="doublesForTies">Whether λ is doubled once when two points of an early generation have equal values: the objective is quantised then.</param>
    public EvolutionSearch(EvolutionVariant variant, RunStart start, int lambda, RestartSchedule restarts, Func<Rng, double[]> restartMean, long seed, bool doublesForTies)
    {
        (_variant, _start, _lambda, _restarts, _restartMean, _seed, _doublesForTies) = (variant, start, lambda, restarts, restartMean, seed, doublesForTies);
        Run = variant.Create(start, lambda);
        _means = new MeanHistory(Run.Dimension);
    }

    /// <summary>The current run.</summary>
    public EvolutionRun Run { get; private set; }

    /// <summary>Generations told, over all runs.</summary>
    public long Generation { get; private set; }

    /// <summary>Evaluations told, over all runs.</summary>
    public long Evaluations { get; private set; }

    /// <summary>Runs started after the first.</summary>
    public int Restarts { get; private set; }

    /// <summary>Why the last run that stopped did.</summary>
    public string? LastStop { get; private set; }

    /// <summary>Why the search is over, or null while it is not.</summary>
    public string? StopReason { get; private set; }

    /// <summary>Draws the points of the next generation, which <see cref="EvolutionRun.Point"/> of <see cref="Run"/> gives.</summary>
    public void Sample() => Run.Sample(_seed, Generation);

    /// <summary>Learns a generation and starts the next run if this one has stopped.</summary>
    /// <param name="values">One a point; infinite for those that failed.</param>
    /// <param name="injected">Points from outside with finite values.</param>
    public void Tell(ReadOnlySpan<double> values, IReadOnlyList<(double[] Point, double Value)> injected)
    {
        Run.Update(values, injected);
        Generation++;
        Evaluations += values.Length;
        _runEvaluations += values.Length;
        _means.Add(Run.Mean);
        if (_doublesForTies && !_doubled && Generation <= QuantisedGenerations && Run.HadTies)
        {
            _doubled = true;
            _lambda *= 2;
            Run.ChangePopulation(_lambda);
        }

        if (Run.StopReason is { } reason)
        {
            Restart(reason);
        }
    }

    /// <summary>The mean that the search believes in: the Polyak average of the run whose last generation had the best median.</summary>
    /// <returns>The mean, and whether it is an average; null before anything was told.</returns>
    public (double[] Mean, bool IsAverage)? Recommended() =>
        _means.Count > 0 && (_best is null || Run.MedianValue < _bestLevel) ? (_means.Recommended(), _means.IsAverage) : _best;

    private void Restart(string reason)
    {
        LastStop = reason;
        if (Run.MedianValue < _bestLevel || _best is null)
        {
            _bestLevel = Run.MedianValue;
            _best = (_means.Recommended(), _means.IsAverage);
        }

        var rng = new Rng(_seed, Generation, long.MinValue); // no point has this number
        RestartPlan? plan = _restarts.Next(_lambda, _runEvaluations, rng);
        if (plan is null)
        {
            StopReason = reason;
            return;
        }

        var start = new RunStart(_restartMean(rng), _start.Sigma * plan.SigmaFactor)
        {
            MaximalDeviation = _start.MaximalDeviation,
            MaximalGenerations = plan.MaximalGenerations,
        };
        Run = _variant.Create(start, plan.Lambda);
        _means = new MeanHistory(Run.Dimension);
        _runEvaluations = 0;
        Restarts++;
    }
}
