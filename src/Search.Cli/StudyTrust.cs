using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Yaml;

namespace Search.Cli;

/// <summary>Scores some of a run's trials by every label-free score and by accuracy, as far as the ledger does not say; the ledger stays as it is.</summary>
/// <param name="Trials">Each trial's row on search data and on report data.</param>
/// <param name="Scores">The scores' names.</param>
/// <param name="Tasks">The tasks whose accuracy is known.</param>
/// <param name="Evaluated">How many evaluations were made now.</param>
internal sealed record StudyTrust(IReadOnlyList<(Trial Search, Trial Report)> Trials, IReadOnlyList<string> Scores, IReadOnlyList<string> Tasks, int Evaluated)
{
    /// <summary>Scores trials.</summary>
    /// <param name="session">The run's study.</param>
    /// <param name="ledger">The run's trials.</param>
    /// <param name="count">How many trials to use at most.</param>
    /// <param name="progress">Hears what happens.</param>
    /// <param name="cancellationToken">Stops within an evaluation.</param>
    public static StudyTrust Measure(StudySession session, IReadOnlyList<Trial> ledger, int count, IStudyProgress progress, CancellationToken cancellationToken)
    {
        string[] tasks = [.. session.Study.Tasks.Select(task => task.Name)];
        Score[] asked = [.. Objective.ScoresOf(session.Study.Objectives)
            .Concat(Score.Kinds.Values.Select(kind => new Score(kind)).Where(score => !score.NeedsLabels && !score.IsFeature && score.Kind != ScoreKind.NextToken))
            .DistinctBy(score => score.Name)];
        string[] names = [.. asked.Where(score => !score.NeedsLabels).Select(score => score.Name)];
        IReadOnlyList<Trial> chosen = ScoreTrust.Choose([.. ledger.Where(trial => trial.Strategy == Reference.Strategy), .. StudySummary.Comparable(ledger)], count);
        int evaluated = 0;

        Dictionary<long, Trial> Complete(DataRole role, IEvaluator evaluator, Func<Trial, bool> suffices)
        {
            Dictionary<long, Trial> rows = ledger.Where(trial => trial.Role == role && suffices(trial)).DistinctBy(trial => trial.Id).ToDictionary(trial => trial.Id);
            ScoreRequest[] missing = [.. chosen.Where(trial => !rows.ContainsKey(trial.Id))
                .Select(trial => new ScoreRequest(trial with { Role = role, State = TrialState.Running, Reason = null }, session.Models(trial)))];
            progress.Begin($"{YamlText.Word(role)} data", missing.Length);
            foreach (Trial trial in session.CreateScorer(missing.Length, evaluator).Score(missing, cancellationToken))
            {
                rows.Add(trial.Id, trial);
                evaluated++;
                progress.Advance(trial, recorded: false, best: null);
            }

            return rows;
        }

        Dictionary<long, Trial> reports = Complete(DataRole.Report, session.Evaluator, trial => true);
        string[] labelled = [.. tasks.Where(task => reports.Values.Any(trial => trial.Scores.ContainsKey($"{task}/{PredictionScores.Accuracy}")))];
        if (labelled.Length == 0)
        {
            throw new SearchException($"study {session.Study.Name}: no task has labelled report data, so there is no accuracy to compare scores with.");
        }

        using IEvaluator all = StudySession.CreateEvaluator(session.Study, session.Family, asked);
        Dictionary<long, Trial> searches = Complete(DataRole.Search, all, trial => trial.State == TrialState.Complete && names.All(name => tasks.All(task => trial.Scores.ContainsKey($"{task}/{name}"))));
        (Trial Search, Trial Report)[] pairs = [.. chosen.Select(trial => (Search: searches[trial.Id], Report: reports[trial.Id]))
            .Where(pair => pair is { Search.State: TrialState.Complete, Report.State: TrialState.Complete })];
        return pairs.Length >= 3
            ? new StudyTrust(pairs, names, labelled, evaluated)
            : throw new SearchException($"study {session.Study.Name}: a correlation needs at least 3 scored trials, and there are {pairs.Length}.");
    }
}
