using Search.Controller.Racing;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Results.Fronts;
using Search.Strategies;
using Search.Strategies.Sequence;

namespace Search.Controller;

/// <summary>
/// Runs a study: references, then ask → merge → evaluate → record → tell until the budget is spent, then what the strategy recommends, then
/// the winner on the data kept for it. The ledger is the state: whatever it already holds is not evaluated again, so running a study anew over its ledger resumes it.
/// </summary>
public sealed class StudyController
{
    private const int SelectedCandidates = 10;
    private const int SelectedFront = 50;

    private readonly StudyDefinition _study;
    private readonly MergeSpace _space;
    private readonly SearchSpace _searchSpace;
    private readonly CandidateScorer _scorer;
    private readonly ISearchStrategy _strategy;
    private readonly TrialRecorder _recorder;
    private readonly ITrialLog _log;
    private readonly IStudyProgress _progress;
    private readonly IReadOnlyList<Reference> _references;
    private readonly Race? _race;
    private readonly HashSet<long> _raced = []; // what this session's races ended
    private FeasibilityRule? _feasibility; // of a study with constraints, once its references are scored
    private double? _best;

    /// <summary>Reads the ledger and prepares to run.</summary>
    /// <param name="study">What to search.</param>
    /// <param name="space">Turns candidates into merges.</param>
    /// <param name="searchSpace">What the strategy searches.</param>
    /// <param name="scorer">Merges and scores them.</param>
    /// <param name="strategy">Proposes them; must be new.</param>
    /// <param name="log">The run's ledger.</param>
    /// <param name="progress">Hears what happens.</param>
    /// <param name="clock">Times the writing of the ledger.</param>
    /// <exception cref="StudyException">The strategy or the budget is not for as many objectives.</exception>
    public StudyController(
        StudyDefinition study, MergeSpace space, SearchSpace searchSpace, CandidateScorer scorer, ISearchStrategy strategy, ITrialLog log, IStudyProgress progress, TimeProvider clock)
    {
        study.CheckObjectives();
        study.CheckRacing();
        study.CheckConstraints();
        _study = study;
        _space = space;
        _searchSpace = searchSpace;
        _scorer = scorer;
        _strategy = strategy;
        _log = log;
        _progress = progress;
        _recorder = new TrialRecorder(log, progress, clock);
        _race = study.Racing is { } racing ? new Race(study, racing, scorer, _recorder, progress) : null;
        _references = [.. Reference.All([.. study.Model.Experts.Select(expert => expert.Name)])
            .Where(reference => study.Evaluator.Command is null || !reference.Label.StartsWith(Reference.LambdaPrefix, StringComparison.Ordinal))]; // a command's evaluations are dear
    }

    /// <summary>Runs to the end of the budget.</summary>
    /// <param name="cancellationToken">Stops within an evaluation; what finished is recorded first.</param>
    /// <returns>Why the search ended, a few words.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="StudyException">The ledger does not belong to this study.</exception>
    public string Run(CancellationToken cancellationToken)
    {
        string reason;
        try
        {
            Evaluate("references", DataRole.Search, [.. _references.Select(ReferenceRequest)], cancellationToken);
            _feasibility = _study.Constraints.Count == 0 ? null : new(_study, [.. _references.Select((_, id) => _recorder.Find(id, DataRole.Search)).OfType<Trial>()]);
            if (_strategy is SequenceStrategy sequence)
            {
                sequence.Note([.. References()]);
            }

            (reason, long next) = Search(cancellationToken);
            foreach (string note in _strategy.Notes)
            {
                _progress.Note(note);
            }

            Recommend(next, cancellationToken);
            Select(cancellationToken);
            Report(cancellationToken);
            _recorder.Flush(cancellationToken);
        }
        catch
        {
            _recorder.Abandon();
            throw;
        }

        Compact();
        return reason;
    }

    private void Compact()
    {
        try
        {
            _log.Compact();
        }
        catch (SearchException exception)
        {
            // Nothing is lost by it: the trials are recorded, in more files than need be.
            _progress.Note($"{exception.Message}; the ledger stays in parts");
        }
    }

    // The references that are points of the search space, as trials of somebody else.
    private IEnumerable<Observation> References()
    {
        for (int id = 0; id < _references.Count; id++)
        {
            if (_recorder.Find(id, DataRole.Search) is { State: TrialState.Complete } trial && _space.Coefficients(_references[id].Weights, _references[id].Exact) is { } coefficients
                && _searchSpace.Contains(coefficients))
            {
                yield return new Observation(coefficients, Told(trial));
            }
        }
    }

    // Why it ended, and the number that the next trial has.
    private (string Reason, long Next) Search(CancellationToken cancellationToken)
    {
        BudgetDefinition budget = _study.Budget;
        _progress.Begin($"search ({_study.Strategy.Name})", budget.Evaluations);
        long next = _references.Count;
        long left = budget.Evaluations ?? long.MaxValue;
        double spentMs = 0;
        while (true)
        {
            IReadOnlyList<Candidate> candidates = _strategy.Ask(_strategy.PopulationSize);
            if (candidates.Count == 0)
            {
                return (_strategy.StopReason ?? $"{_strategy.Name} proposes nothing more", next);
            }

            var requests = new List<ScoreRequest>();
            foreach (Candidate candidate in candidates.Take((int)Math.Min(candidates.Count, left)))
            {
                // In ledgers of earlier programs, what a smaller budget ended with has the next number.
                while (_recorder.Find(next, DataRole.Search) is { Label: StudySummary.RecommendedLabel })
                {
                    next++;
                }

                requests.Add(CandidateRequest(next++, candidate));
            }

            left -= requests.Count;
            _raced.UnionWith(_race is null ? [] : requests.Select(request => request.Trial.Id).Where(id => _recorder.Find(id, DataRole.Search) is null));
            IReadOnlyDictionary<long, double>? estimates = _race?.Run(requests, _feasibility, cancellationToken);
            var verdicts = new List<Verdict>();
            string? reason = null;
            foreach (Trial trial in Obtain(DataRole.Search, requests, cancellationToken))
            {
                spentMs += trial.TotalMs;
                bool complete = trial.State == TrialState.Complete;
                Candidate candidate = candidates[verdicts.Count];
                verdicts.Add(new Verdict(candidate, complete ? Told(trial) : null)
                {
                    IsPruned = trial.State == TrialState.Pruned,
                    Estimate = estimates is not null && estimates.TryGetValue(trial.Id, out double estimate) ? estimate : null,
                    Gradient = trial.Gradient,
                    Tasks = complete ? _study.Tasks.ToDictionary(task => task.Name, task => _study.Objectives[0].TaskValue(task.Name, trial.Scores)) : null,
                });

                // A gradient step on a few examples can be lucky.
                reason = complete && candidate.Gradient?.Examples is null && budget.Target is { } target && trial.Objectives[0] <= _study.Objectives[0].Minimised(target) && Violation(trial) == 0 ? $"the objective reached the target {target}"
                    : budget.Time is { } time && spentMs >= time.TotalMilliseconds ? $"{time} of trials are spent"
                    : null;
                if (reason is not null)
                {
                    break;
                }
            }

            // The last verdicts count for what is recommended; a larger budget begins anew and goes on where this one ends.
            _strategy.Tell(verdicts);
            reason ??= left == 0 ? $"{budget.Evaluations} evaluations are spent" : null;
            if (reason is not null)
            {
                return (reason, requests[verdicts.Count - 1].Trial.Id + 1);
            }
        }
    }

    private double Violation(Trial trial) => _feasibility?.Violation(trial.Objectives, trial.Scores) ?? 0;

    private IReadOnlyList<double> Told(Trial trial) => _feasibility?.Told(trial.Objectives, Violation(trial)) ?? trial.Objectives;

    private void Recommend(long next, CancellationToken cancellationToken)
    {
        if (_strategy.Recommend() is { } recommendation)
        {
            Trial trial = NewTrial(StudySummary.FirstRecommended + next, _strategy.Name, recommendation.Coefficients) with { Label = StudySummary.RecommendedLabel };
            if (_recorder.Find(trial.Id, DataRole.Search) is null && StudySummary.Scored(_recorder.Trials, recommendation.Coefficients) is { } known)
            {
                // Nothing is evaluated twice: the row only says what is recommended.
                _recorder.Add(trial with
                {
                    State = known.State,
                    Reason = known.Reason,
                    Fidelity = known.Fidelity,
                    Objectives = known.Objectives,
                    Scores = known.Scores,
                    StartedAt = known.StartedAt,
                    Engine = known.Engine,
                    Device = known.Device,
                }, cancellationToken);
            }

            Evaluate($"recommended: {recommendation.Basis}", DataRole.Search, [new ScoreRequest(trial, TaskMerge.Of(_study, _space, recommendation.Coefficients))], cancellationToken);
        }
    }

    private void Select(CancellationToken cancellationToken)
    {
        if (!_study.Tasks[0].Roles.Contains(DataRole.Select))
        {
            return;
        }

        IEnumerable<Trial> chosen;
        IReadOnlyCollection<Trial> kept = Kept;

        // A floor is a share of the way from the base to a task's expert.
        IEnumerable<ScoreRequest> models = _study.ObjectiveCount > 1 || _study.Constraints.Any(one => one.Floor is not null) ? _references.TakeWhile(reference => reference.Exact).Select(ReferenceRequest) : [];
        if (_study.ObjectiveCount > 1)
        {
            // What a strategy believes in, and what scored best: either may be right.
            Trial[] believed = [.. Spread([.. _strategy.RecommendFront().Select(coefficients => StudySummary.Scored(kept, coefficients)).OfType<Trial>().DistinctBy(trial => trial.Id)], SelectedFront / 2)];
            IEnumerable<Trial> best = StudySummary.Front(kept, DataRole.Search).ExceptBy(believed.Select(trial => trial.Id), trial => trial.Id);
            chosen = believed.Concat(Spread([.. best], SelectedFront - believed.Length)).OrderBy(trial => trial.Id);
        }
        else
        {
            ILookup<bool, Trial> searched = StudySummary.Comparable(kept)
                .Where(trial => trial.Role == DataRole.Search)
                .OrderBy(trial => trial.Objectives[0]).ThenBy(trial => trial.Id)
                .ToLookup(trial => trial.Label == StudySummary.RecommendedLabel);
            IEnumerable<Trial> seen = StudySummary.Of(_study, _recorder.Trials).Recommended is { Label: null, State: TrialState.Complete } recommended ? [recommended] : [];
            chosen = searched[false].Take(SelectedCandidates).Concat(searched[true]).Concat(seen).DistinctBy(trial => trial.Id);
        }

        Evaluate("choosing the winner", DataRole.Select, [.. models, .. chosen.Select(Again)], cancellationToken);
    }

    // What may win.
    private IReadOnlyCollection<Trial> Kept => StudyConstraint.Kept(_study, _recorder.Trials);

    // Of a long front, those that stand for the most of it.
    private static IEnumerable<Trial> Spread(IReadOnlyList<Trial> front, int count) =>
        front.Zip(Crowding.Distances([.. front.Select(trial => trial.Objectives.ToArray())]))
            .OrderByDescending(pair => pair.Second).ThenBy(pair => pair.First.Id).Take(count).Select(pair => pair.First).OrderBy(trial => trial.Id);

    private void Report(CancellationToken cancellationToken)
    {
        if (_study.Tasks.Any(task => task.Roles.Contains(DataRole.Report)))
        {
            var summary = StudySummary.Of(_study, _recorder.Trials);
            IEnumerable<Trial> front = _study.ObjectiveCount > 1 ? Spread(StudySummary.Front(Kept), SelectedFront) : [];
            IEnumerable<Trial> found = front.Append(summary.Winner).Append(summary.Recommended).OfType<Trial>().Where(trial => trial.State == TrialState.Complete).DistinctBy(trial => trial.Id);
            ScoreRequest[] requests = [.. _references.Select(ReferenceRequest), .. found.Select(Again)];
            Evaluate("report", DataRole.Report, requests, cancellationToken);
        }
    }

    private void Evaluate(string phase, DataRole role, ScoreRequest[] requests, CancellationToken cancellationToken)
    {
        _progress.Begin(phase, requests.Length);
        foreach (Trial _ in Obtain(role, requests, cancellationToken))
        {
        }
    }

    // Recorded trials as they are, the others evaluated and recorded, in the order of the requests.
    private IEnumerable<Trial> Obtain(DataRole role, IReadOnlyList<ScoreRequest> requests, CancellationToken cancellationToken)
    {
        ScoreRequest[] missing = [.. requests.Where(request => _recorder.Find(request.Trial.Id, role) is null)
            .Select(request => request with { Trial = request.Trial with { Role = role } })];
        using IEnumerator<Trial> scored = _scorer.Score(missing, cancellationToken).GetEnumerator();
        foreach (ScoreRequest request in requests)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Trial? trial = _recorder.Find(request.Trial.Id, role);
            bool recorded = trial is not null && !(role == DataRole.Search && _raced.Contains(trial.Id));
            if (trial is null)
            {
                scored.MoveNext();
                trial = scored.Current;
                if (trial is { State: TrialState.Failed, Label: Reference.Base, Role: DataRole.Search })
                {
                    // Not recorded: it says nothing of a candidate, and once its cause is mended it is to be scored again.
                    throw new StudyException($"study {_study.Name}: the base model itself cannot be scored, so no candidate could: {trial.Reason}");
                }

                _recorder.Add(trial, cancellationToken);
            }
            else if (!trial.Coefficients.SequenceEqual(request.Trial.Coefficients))
            {
                throw OtherCoefficients(trial);
            }

            // The score of a few examples says little beside that of all.
            if (role == DataRole.Search && request.Gradient?.Examples is null && trial.State == TrialState.Complete && trial.Strategy != Reference.Strategy && trial.Objectives.Count == 1 && Violation(trial) == 0)
            {
                _best = Math.Min(_best ?? double.PositiveInfinity, trial.Objectives[0]);
            }

            _progress.Advance(trial, recorded, _best);
            yield return trial;
        }
    }

    /// <summary>What a ledger of another study is refused with.</summary>
    /// <param name="trial">The row that does not fit.</param>
    internal static StudyException OtherCoefficients(Trial trial) =>
        new($"the ledger's trial {trial.Id} ({trial.Strategy}) has other coefficients than this study proposes: the study, its models or the program have changed since.");

    private ScoreRequest ReferenceRequest(Reference reference, int index) =>
        new(NewTrial(index, Reference.Strategy, reference.Weights) with { Label = reference.Label }, () => _space.Uniform(reference.Weights, reference.Exact));

    private ScoreRequest CandidateRequest(long id, Candidate candidate) =>
        new(NewTrial(id, _strategy.Name, candidate.Coefficients) with { Generation = candidate.Generation }, TaskMerge.Of(_study, _space, candidate.Coefficients)) { Gradient = candidate.Gradient };

    private ScoreRequest Again(Trial trial) =>
        new(NewTrial(trial.Id, trial.Strategy, trial.Coefficients) with { Generation = trial.Generation, Label = trial.Label }, TaskMerge.Of(_study, _space, trial.Coefficients));

    private Trial NewTrial(long id, string strategy, IReadOnlyList<double> coefficients) => new()
    {
        Id = id,
        Strategy = strategy,
        Role = DataRole.Search,
        State = TrialState.Running,
        Fidelity = 0,
        Seed = _study.Seed,
        Coefficients = coefficients,
        Objectives = [],
        Scores = new Dictionary<string, double>(),
        StartedAt = default,
        Engine = "",
        Device = "",
    };
}
