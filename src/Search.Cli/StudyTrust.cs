using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Storage;
using Search.Yaml;

namespace Search.Cli;

/// <summary>Scores some of a run's trials by every label-free score and by accuracy, as far as the ledger does not say; the ledger stays as it is.</summary>
/// <param name="Trials">Each trial's row on search data and on report data.</param>
/// <param name="Scores">The scores' names.</param>
/// <param name="Tasks">The tasks whose accuracy is known.</param>
/// <param name="Evaluated">How many evaluations were made now.</param>
internal sealed record StudyTrust(IReadOnlyList<(Trial Search, Trial Report)> Trials, IReadOnlyList<string> Scores, IReadOnlyList<string> Tasks, int Evaluated)
{
    /// <summary>Chooses trials of a run, spread evenly over the range of the first objective.</summary>
    /// <param name="directory">The run.</param>
    /// <param name="count">How many to use at most.</param>
    /// <returns>All their rows.</returns>
    public static IReadOnlyList<Trial> Choose(RunDirectory directory, int count)
    {
        var brief = LedgerBrief.Read(directory.Path, Terminal.Error.WriteLine);
        IEnumerable<(long, double)> candidates = LedgerBrief.ReadScores(directory.Path).Where(score => score.IsComparable).Select(score => (score.Id, score.Objectives![0]));
        IEnumerable<Trial> others = [.. brief.Trials.Where(trial => trial is { Strategy: Reference.Strategy, Role: DataRole.Search, State: TrialState.Complete } && trial.Label!.StartsWith(Reference.LambdaPrefix, StringComparison.Ordinal)),
            .. StudySummary.Comparable(brief.Trials).Where(trial => trial is { Role: DataRole.Search, Label: not null })];
        return TrialReader.Read(directory.Path, ScoreTrust.Choose([.. candidates, .. others.Select(trial => (trial.Id, trial.Objectives[0]))], count));
    }

    /// <summary>Scores trials.</summary>
    /// <param name="session">The run's study.</param>
    /// <param name="ledger">The trials' rows, on search data and where else they were scored.</param>
    /// <param name="progress">Hears what happens.</param>
    /// <param name="cancellationToken">Stops within an evaluation.</param>
    public static StudyTrust Measure(StudySession session, IReadOnlyList<Trial> ledger, IStudyProgress progress, CancellationToken cancellationToken)
    {
        string[] tasks = [.. session.Study.Tasks.Select(task => task.Name)];
        Score[] asked = [.. Objective.ScoresOf(session.Study.Objectives)
            .Concat(Score.Kinds.Values.Select(kind => new Score(kind)).Where(score => !score.NeedsLabels && !score.IsFeature && score.Kind != ScoreKind.NextToken))
            .DistinctBy(score => score.Name)];
        string[] names = [.. asked.Where(score => !score.NeedsLabels).Select(score => score.Name)];
        Trial[] chosen = [.. ledger.Where(trial => trial.Role == DataRole.Search)];
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
