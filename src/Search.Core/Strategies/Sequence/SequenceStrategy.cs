namespace Search.Strategies.Sequence;

/// <summary>
/// Strategies one after another on one ledger: each starts at what the one before it recommends and learns from all earlier trials. Its
/// name is that of the strategy at work.
/// </summary>
public sealed class SequenceStrategy : ISearchStrategy
{
    private readonly SearchSpace _space;
    private readonly IReadOnlyList<SequenceStage> _stages;
    private readonly StrategyContext _context;
    private readonly AskLedger _checks;
    private readonly List<Observation> _observations = [];
    private readonly SortedDictionary<(int Generation, int Index), Observation> _told = []; // of the stage, in the order of asking

    private ISearchStrategy _current;
    private int _stage;
    private long _asked; // of the stage
    private long _pending;
    private long _spent; // of the stages before
    private int _firstGeneration; // of the stage, in the numbers that candidates have outside
    private int _nextGeneration;

    /// <summary>Creates the first strategy.</summary>
    /// <param name="space">What to search.</param>
    /// <param name="stages">The strategies in their order, at least one; each but the last says how many evaluations it has.</param>
    /// <param name="context">The seed and what else strategies need to know.</param>
    /// <exception cref="ArgumentException">A stage but the last has no evaluations, or a strategy cannot search the space.</exception>
    public SequenceStrategy(SearchSpace space, IReadOnlyList<SequenceStage> stages, StrategyContext context)
    {
        if (stages.Count == 0 || stages.SkipLast(1).Any(stage => stage.Evaluations is null) || stages.Any(stage => stage.Evaluations < 1))
        {
            throw new ArgumentException("A sequence needs stages, and each but the last a positive number of evaluations.", nameof(stages));
        }

        // What a later strategy refuses is refused now, not after hours.
        _space = space;
        _stages = stages;
        _context = context;
        _checks = new AskLedger(space, context.Objectives);
        long planned = 0;
        for (int stage = 1; stage < stages.Count; stage++)
        {
            planned += stages[stage - 1].Evaluations!.Value;
            Create(stage, space, planned);
        }

        _current = Create(0, space, 0);
    }

    /// <inheritdoc/>
    public string Name => _current.Name;

    /// <inheritdoc/>
    public int PopulationSize => (int)Math.Clamp(Left, 1, _current.PopulationSize);

    /// <inheritdoc/>
    public string? StopReason { get; private set; }

    private long Left => (_stages[_stage].Evaluations ?? long.MaxValue) - _asked;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _current.Notes;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<double>> RecommendFront() => _current.RecommendFront();

    /// <inheritdoc/>
    public IReadOnlyList<Candidate> Ask(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        while (StopReason is null)
        {
            IReadOnlyList<Candidate> candidates = Left > 0 ? _current.Ask((int)Math.Min(count, Left)) : [];
            if (candidates.Count > 0)
            {
                _asked += candidates.Count;
                _pending += candidates.Count;
                Candidate[] numbered = [.. candidates.Select(candidate => Shift(candidate, _firstGeneration))];
                _nextGeneration = Math.Max(_nextGeneration, numbered.Max(candidate => candidate.Generation) + 1);
                return numbered;
            }

            if (_pending > 0)
            {
                return [];
            }

            Advance();
        }

        return [];
    }

    /// <inheritdoc/>
    public void Tell(IReadOnlyList<Verdict> verdicts)
    {
        if (verdicts.FirstOrDefault(verdict => verdict.Candidate.Generation < _firstGeneration) is { } late)
        {
            throw new ArgumentException($"Candidate {late.Candidate.Index} of generation {late.Candidate.Generation} was not asked for or was told before.", nameof(verdicts));
        }

        _current.Tell([.. verdicts.Select(verdict => verdict with { Candidate = Shift(verdict.Candidate, -_firstGeneration) })]);
        _pending -= verdicts.Count;

        // What a few examples scored cannot be compared with what all did.
        foreach (Verdict verdict in verdicts.Where(verdict => verdict.Candidate.Gradient?.Examples is null))
        {
            _told[(verdict.Candidate.Generation, verdict.Candidate.Index)] = Copy(new Observation(verdict.Candidate.Coefficients, verdict.Objectives));
        }

        if (_pending == 0 && (Left == 0 || _current.StopReason is not null))
        {
            Advance();
        }
    }

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Observation> observations)
    {
        _current.Learn(observations);
        Note(observations);
    }

    /// <summary>Keeps other trials for the strategies that come later; the one at work does not learn from them.</summary>
    /// <param name="observations">The trials; the list is not kept or changed.</param>
    /// <exception cref="ArgumentException">Coefficients or objectives are of the wrong number or not finite.</exception>
    public void Note(IReadOnlyList<Observation> observations)
    {
        _checks.Read(observations);
        _observations.AddRange(observations.Select(Copy));
    }

    /// <inheritdoc/>
    public Recommendation? Recommend() => _current.Recommend() ?? (_stage == 0 || Best() is not { } best ? null : new Recommendation(best.Coefficients, "best observed before this strategy", null));

    private void Advance()
    {
        if (_stage == _stages.Count - 1)
        {
            StopReason = _current.StopReason ?? $"the {_spent + _asked} evaluations of the sequence are spent";
            return;
        }

        _observations.AddRange(_told.Values);
        _told.Clear();
        IReadOnlyList<double>? start = _current.Recommend()?.Coefficients ?? Best()?.Coefficients;
        _spent += _asked;
        _stage++;
        _asked = 0;
        _firstGeneration = _nextGeneration;
        _current = Create(_stage, start is null ? _space : _space.StartingAt(start), _spent);
        _current.Learn(_observations);
    }

    // Steps decide which examples are drawn: a later stage must not see those of an earlier one again.
    private static Candidate Shift(Candidate candidate, int generations) => candidate with
    {
        Generation = candidate.Generation + generations,
        Gradient = candidate.Gradient is { } gradient ? gradient with { Step = gradient.Step + generations } : null,
    };

    private static Observation Copy(Observation one) => new([.. one.Coefficients], one.Objectives is null ? null : [.. one.Objectives]);

    // Of several objectives none is.
    private Observation? Best() => _context.Objectives > 1 ? null : _observations.Where(observation => observation.Objectives is not null).MinBy(observation => observation.Objectives![0]);

    // Two stages of one strategy must not draw the same numbers. What the budget does not reach is planned as without one.
    private ISearchStrategy Create(int stage, SearchSpace space, long spent) => _stages[stage].Settings.Create(space, _context with
    {
        Seed = unchecked(_context.Seed + (stage * 1_000_003L)),
        Budget = _stages[stage].Evaluations ?? (_context.Budget > _stages.Sum(other => other.Evaluations ?? 0) ? _context.Budget - spent : null),
    });
}
