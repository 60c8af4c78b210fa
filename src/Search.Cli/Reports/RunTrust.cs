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
    /// <returns>The trials' numbers and the correlations, that of the objective only where it is no mean of a score; or null where fewer than three trials have both.</returns>
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
        double Mean(Trial trial, string score) => tasks.Average(task => trial.Scores[Key(task, score)]);
        bool isScore = run.Study.ObjectiveCount > 1 || scores.Any(score => pairs.All(pair => Math.Abs(pair.Search.Objectives[0] - Mean(pair.Search, score)) <= 1e-9));
        double[] guide = [.. pairs.Select(pair => -pair.Search.Objectives[0])];
        double[] accuracy = [.. pairs.Select(pair => Mean(pair.Report, PredictionScores.Accuracy))];
        Correlation Correlate(Func<ReadOnlySpan<double>, ReadOnlySpan<double>, double> statistic) => RankCorrelation.Bootstrap(statistic, guide, accuracy, Resamples, run.Study.Seed);
        return new
        {
            Tasks = tasks,
            Trials = pairs.Select(pair => pair.Search.Id),
            Resamples,
            Objective = isScore ? null : new { Spearman = Correlate(RankCorrelation.Spearman), Kendall = Correlate(RankCorrelation.Kendall) },
            Scores = ScoreTrust.Of(pairs, scores, tasks, Resamples, run.Study.Seed),
        };
    }

    private static string Key(string task, string score) => $"{task}/{score}";
}
