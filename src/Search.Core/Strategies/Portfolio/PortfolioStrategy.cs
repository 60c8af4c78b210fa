using Search.Strategies.CmaEs;
using Search.Strategies.Genetic;
using Search.Strategies.ResponseSurface;

namespace Search.Strategies.Portfolio;

/// <summary>
/// Spends a budget well without being told how. It opens with a response surface, which learns most from few trials and does not mind an
/// uneven or quantised score, and keeps to it while the score is quantised. Where the score is smooth, CMA-ES takes over from the surface's
/// minimum once there are many trials a coefficient: it goes on converging where the surface's resolution ends. Categories are left to the genetic algorithm.
/// </summary>
public sealed class PortfolioStrategy : ISearchStrategy
{
    private const int OpeningShare = 25; // scored trials a free coefficient; a failed one says nothing of where to go on
    private const int LeastOpening = 100;
    private const double Repeats = 0.05; // a score that repeats more often than this is quantised
    private const double ClosingSigma = 0.02; // of a coefficient's range
    private const int FullDimension = 60; // beyond it a whole covariance matrix costs more trials than there are
    private const int ClosingGenerations = 10; // fewer than these to come are not worth a change

    private readonly SearchSpace _space;
    private readonly StrategyContext _context;
    private readonly HashSet<double> _values = [];
    private readonly int _opening;
    private ISearchStrategy _current;
    private int _offset; // the first generation of the current strategy
    private int _last = -1; // the last generation that was asked for
    private int _pending;
    private long _asked;
    private long _told;
    private long _scored;
    private bool _isOpen;
    private Recommendation? _opened; // what the opening came to

    /// <summary>Starts a search at the space's initial values.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="context">The seed, and how many evaluations it can count on.</param>
    public PortfolioStrategy(SearchSpace space, StrategyContext context)
    {
        _space = space;
        _context = context;
        _isOpen = space.Axes.All(axis => axis.IsOrdered);
        _opening = Math.Max(LeastOpening, OpeningShare * space.Axes.Count);
        _current = _isOpen
            ? new ResponseSurfaceStrategy(space, new ResponseSurfaceOptions { Seed = context.Seed })
            : new GeneticStrategy(space, new GeneticOptions { Seed = context.Seed });
    }

    /// <inheritdoc/>
    public string Name => "portfolio";

    /// <inheritdoc/>
    public int PopulationSize => _current.PopulationSize;

    /// <inheritdoc/>
    public string? StopReason => _current.StopReason;

    private bool IsQuantised => _scored - _values.Count > Repeats * _scored;

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
        foreach (Verdict verdict in verdicts.Where(verdict => verdict.Objectives is not null))
        {
            _scored++;
            _values.Add(verdict.Objectives![0]);
        }

        if (_isOpen && _pending == 0 && _asked % _current.PopulationSize == 0 && _scored >= _opening && !IsQuantised)
        {
            Close();
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations) => _current.Learn(observations);

    /// <inheritdoc/>
    public Recommendation? Recommend() => _current.Recommend() ?? _opened;

    private void Close()
    {
        _opened = _current.Recommend()!;
        var space = new SearchSpace([.. _space.Coefficients.Zip(_opened.Coefficients, (coefficient, value) => coefficient with { Initial = value })], _space.Constraints);
        double widest = space.Coefficients.Max(coefficient => coefficient.Upper - coefficient.Lower);
        var closing = new CmaEsStrategy(space, new CmaEsOptions
        {
            Kind = space.Axes.Count <= FullDimension ? CmaEsKind.Full : CmaEsKind.Separable,
            Sigma = ClosingSigma * widest,
            Seed = _context.Seed,
        });
        if (_context.Budget - _told < ClosingGenerations * closing.PopulationSize)
        {
            return;
        }

        (_current, _offset, _isOpen) = (closing, _last + 1, false);
    }
}
