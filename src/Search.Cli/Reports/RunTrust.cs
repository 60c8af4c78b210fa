using Search.Controller;
using Search.Evaluation;
using Search.Results;

namespace Search.Cli.Reports;

/// <summary>How well label-free scores ordered the trials of a ledger whose report accuracy it holds.</summary>
internal static class RunTrust
{
    private const int MostTrials = 60;
    private const int Resamples = 1000;

    /// <summary>Correlates what is recorded; nothing is evaluated.</summary>
    /// <returns>The trials' numbers and the correlations, or null where fewer than three trials have both.</returns>
    public static object? Of(ReportRun run)
    {
        string[] tasks = [.. run.Study.Tasks.Select(task => task.Name)];
        Trial[] reports = [.. run.Summary.Trials.Where(trial => trial is { Role: DataRole.Report, State: TrialState.Complete })];
        tasks = [.. tasks.Where(task => reports.Any(trial => trial.Scores.ContainsKey(Key(task, PredictionScores.Accuracy))))];
        Dictionary<long, Trial> labelled = reports.Where(trial => tasks.All(task => trial.Scores.ContainsKey(Key(task, PredictionScores.Accuracy)))).ToDictionary(trial => trial.Id);
        IEnumerable<Trial> ledger = [.. run.Rows.Where(trial => trial.Strategy == Reference.Strategy), .. StudySummary.Comparable(run.Summary.Trials)];
        (Trial Search, Trial Report)[] pairs = [.. ScoreTrust.Choose(ledger.Where(trial => labelled.ContainsKey(trial.Id)), MostTrials).Select(trial => (trial, labelled[trial.Id]))];
        if (pairs.Length < 3 || tasks.Length == 0)
        {
            return null;
        }

        string[] scores = [.. Objective.ScoresOf(run.Study.Objectives).Concat([new Score(ScoreKind.Entropy), new Score(ScoreKind.MarginalEntropy)])
            .Where(score => !score.NeedsLabels).Select(score => score.Name).Distinct().Where(name => pairs.All(pair => tasks.All(task => pair.Search.Scores.ContainsKey(Key(task, name)))))];
        return new
        {
            Tasks = tasks,
            Trials = pairs.Select(pair => pair.Search.Id),
            Resamples,
            Scores = ScoreTrust.Of(pairs, scores, tasks, Resamples, run.Study.Seed),
        };
    }

    private static string Key(string task, string score) => $"{task}/{score}";
}
