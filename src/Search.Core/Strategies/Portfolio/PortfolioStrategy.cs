using Search.Strategies.Bayesian;
using Search.Strategies.CmaEs;
using Search.Strategies.Genetic;
using Search.Strategies.ResponseSurface;

namespace Search.Strategies.Portfolio;

/// <summary>
/// Spends a budget well without being told how. It opens with a response surface, which does not mind an uneven or quantised score, and keeps to
/// it while the score is quantised. A smooth score of few coefficients goes to a Gaussian process after one generation. Where the score is
/// smooth, CMA-ES takes over from the model's minimum once there are many trials a coefficient: it goes on converging where the model's
/// resolution ends. With categories the process opens whatever the score, and the genetic algorithm follows it or, on many coefficients, does all.
/// </summary>
public sealed class PortfolioStrategy : ISearchStrategy
{
    private const int OpeningShare = 25; // scored trials a free coefficient; a failed one says nothing of where to go on
    private const int LeastOpening = 100;
    private const int BayesianDimension = 20; // beyond it a process's lengthscales cost more trials, and its asks more time
    private const int BayesianTrials = 300; // the cost of an ask grows with their square
    private const double Repeats = 0.05; // a score that repeats more often than this is quantised
    private const double ClosingSigma = 0.02; // of a coefficient's range
    private const int FullDimension = 60; // beyond it a whole covariance matrix costs more trials than there are
    private const int ClosingGenerations = 10; // fewer than these to come are not worth a change

    private readonly SearchSpace _space;
    private readonly StrategyContext _context;
    private readonly ScoreGrid _grid = new();
    private readonly List<Observation> _learned = [];
    private readonly SortedDictionary<(int Generation, int Index), Observation> _trials = []; // in the order of asking
    private readonly int _opening;
    private readonly bool _isOrdered;
    private readonly bool _isSmall;
    private ISearchStrategy _current;
    private int _offset; // the first generation of the current strategy
    private int _last = -1; // the last generation that was asked for
    private int _pending;
    private long _asked; // of the current strategy
    private long _told;
    private long _scored;
    private bool _isOpen; // whether the strategy may still change
    private Recommendation? _opened; // what the strategy before came to

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="context">The seed, and how many evaluations it can count on.</param>
    public PortfolioStrategy(SearchSpace space, StrategyContext context)
    {
        _space = space;
        _context = context;
        _isOrdered = space.Axes.All(axis => axis.IsOrdered);
        _isSmall = space.Axes.Count <= BayesianDimension;
        _opening = Math.Max(LeastOpening, _isSmall ? Math.Min(OpeningShare * space.Axes.Count, BayesianTrials) : OpeningShare * space.Axes.Count);
        _isOpen = _isOrdered || _isSmall;
        _current = _isOrdered ? Surface() : _isSmall ? Process() : Genetic();
    }

    /// <inheritdoc/>
    public string Name => "portfolio";

    /// <inheritdoc/>
    public int PopulationSize => _current.PopulationSize;

    /// <inheritdoc/>
    public string? StopReason => _current.StopReason;

    private bool IsQuantised => _scored - _grid.Distinct > Repeats * _scored || _grid.IsCoarse;

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        Candidate[] candidates = [.. _current.Ask(count).Select(candidate => candidate with { Generation = candidate.Generation + _offset })];
        _asked += candidates.Length;
        _pending += candidates.Length;
        _last = candidates.Length > 0 ? candidates[^1].Generation : _last;
        return candidates;
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        _current.Tell([.. verdicts.Select(verdict => verdict with { Candidate = verdict.Candidate with { Generation = verdict.Candidate.Generation - _offset } })]);
        _pending -= verdicts.Count;
        _told += verdicts.Count;
        foreach (Verdict verdict in verdicts)
        {
            _trials[(verdict.Candidate.Generation, verdict.Candidate.Index)] = new Observation(verdict.Candidate.Coefficients, verdict.Objectives is { } told ? [.. told] : null);
            if (verdict.Objectives is { } objectives)
            {
                _scored++;
                _grid.Add(objectives[0]);
            }
        }

        if (_isOpen && _pending == 0 && _asked % _current.PopulationSize == 0)
        {
            Choose();
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        _current.Learn(observations);
        _learned.AddRange(observations.Select(one => new Observation([.. one.Coefficients], one.Objectives is null ? null : [.. one.Objectives])));
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _current.Recommend() ?? _opened;

    private void Choose()
    {
        bool isQuantised = IsQuantised;
        if (!_isOrdered)
        {
            if (_scored >= BayesianTrials)
            {
                Begin(Genetic());
                _isOpen = false;
            }
        }
        else if (isQuantised && _current is BayesianStrategy)
        {
            Begin(Surface());
        }
        else if (!isQuantised && _scored >= _opening)
        {
            Close();
        }
        else if (!isQuantised && _scored > 1 && _isSmall && _current is ResponseSurfaceStrategy)
        {
            Begin(Process());
        }
    }

    private ResponseSurfaceStrategy Surface() => new(_space, new ResponseSurfaceOptions { Seed = _context.Seed });

    private BayesianStrategy Process() => new(_space, new BayesianOptions { Seed = _context.Seed });

    private GeneticStrategy Genetic() => new(_space, new GeneticOptions { Seed = _context.Seed });

    private void Close()
    {
        Recommendation opened = _current.Recommend()!;
        SearchSpace space = _space.StartingAt(opened.Coefficients);
        double widest = space.Coefficients.Max(coefficient => coefficient.Upper - coefficient.Lower);
        var closing = new CmaEsStrategy(space, new CmaEsOptions
        {
            Kind = space.Axes.Count <= FullDimension ? CmaEsKind.Full : CmaEsKind.Separable,
            Sigma = ClosingSigma * widest,
            Seed = _context.Seed,
        });
        if (_context.Budget is { } budget && budget - _told < ClosingGenerations * closing.PopulationSize)
        {
            return;
        }

        _isOpen = false;
        _opened = opened;
        (_current, _offset, _asked) = (closing, _last + 1, 0);
    }

    private void Begin(ISearchStrategy next)
    {
        _opened = _current.Recommend();
        next.Learn([.. _learned, .. _trials.Values]);
        (_current, _offset, _asked) = (next, _last + 1, 0);
    }
}
