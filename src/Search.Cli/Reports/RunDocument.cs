using Search.Cli.Rendering;
using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Yaml;

namespace Search.Cli.Reports;

/// <summary>What a report's page is told of one run.</summary>
internal static class RunDocument
{
    // As many as a person compares.
    private const int Best = 10;

    // A trial's numbers beside its objectives and scores.
    private const int Columns = 12;

    /// <summary>Gathers it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="group">What it has in common with runs of other seeds.</param>
    /// <param name="share">How many runs the report is of.</param>
    public static object Of(ReportRun run, string group, int share)
    {
        StudySummary summary = run.Summary;
        StudyDefinition study = run.Study;
        IReadOnlyList<Trial> compared = StudySummary.Comparable(summary.Trials);
        DataRole deciding = compared.Any(trial => trial.Role == DataRole.Select) ? DataRole.Select : DataRole.Search;
        HashSet<long> kept = Kept(run, compared);
        IReadOnlyList<Trial> rows = TrialSample.Choose(run.Rows, kept, TrialSample.MostNumbers / share / (Columns + study.ObjectiveCount + run.Rows.SelectMany(trial => trial.Scores.Keys).Distinct().Count()));
        IReadOnlyList<Trial> vectors = TrialSample.Choose(
            [.. rows.Where(trial => trial.Strategy != Reference.Strategy)], kept, TrialSample.MostCoefficients / share / Math.Max(1, run.Space.Count));
        return new
        {
            run.Manifest.RunId,
            run.Manifest.Study,
            Group = group,
            run.State,
            run.Manifest.StopReason,
            run.Manifest.CreatedAt,
            run.Manifest.Engine,
            run.Manifest.Threads,
            run.Manifest.Machine,
            run.Manifest.Seed,
            run.Manifest.Version,
            StudySummary.FirstRecommended,
            Strategy = study.Strategy.Name,
            Operator = study.Merge.Operator.Name,
            Granularity = study.Merge.Granularity.Title,
            StartRule = study.Merge.Initial.Rule?.Name,
            Tasks = study.Tasks.Select(task => task.Name),
            Objectives = study.ObjectiveNames,
            Counts = new
            {
                Trials = run.Searched.Count(),
                Failed = run.Searched.Count(trial => trial.State == TrialState.Failed),
                run.Infeasible,
                Rows = run.Rows.Count,
                Carried = rows.Count,
                Vectors = vectors.Count,
            },
            Table = new
            {
                Rows = StudyTable.Rows(study, summary),
                Notes = StudyTable.Notes(study, summary).Concat(run.Race is { } race ? [$"raced: {race}"] : []).Concat(run.Manifest.StrategyNotes.Select(note => $"strategy: {note}")),
                Report = new { Name = StudyTable.ReportScore(study), IsHigherBetter = study.Evaluator.Command is null || study.Objectives[0].Direction == Direction.Maximize },
                Search = new { Name = StudyTable.SearchScore(study), IsHigherBetter = study.Evaluator.Command is not null && study.Objectives[0].Direction == Direction.Maximize },
            },
            Winner = summary.Winner?.Id,
            BestObserved = summary.BestObserved?.Id,
            Recommended = summary.Recommended?.Id,
            Levels = Levels(summary),
            Space = run.Space,
            Trials = ReportTrials.Full(rows, summary.Trials.Min(trial => trial.StartedAt), compared.Select(trial => trial.Id).ToHashSet()),
            Coefficients = new { Trials = vectors.Select(trial => trial.Id), Values = vectors.Select(trial => trial.Coefficients) },
            Select = ReportTrials.Scored(On(run, DataRole.Select)),
            Report = ReportTrials.Scored(On(run, DataRole.Report)),
            Best = new
            {
                Role = YamlText.Word(deciding),
                Trials = compared.Where(trial => trial.Role == deciding).OrderBy(trial => trial.Objectives[0]).ThenBy(trial => trial.Id).Take(Best).Select(trial => trial.Id),
            },
            Fronts = RunFronts.Of(run, share),
            Trust = RunTrust.Of(run),
            Times = RunTimes.Of(summary.Trials),
            Failures = run.Searched.Where(trial => trial.State == TrialState.Failed).GroupBy(trial => trial.Reason)
                .Select(reason => new { Reason = reason.Key, Count = reason.Count(), First = reason.Min(trial => trial.Id) }).OrderByDescending(reason => reason.Count),
            Yaml = File.ReadAllText(run.Directory.Study),
        };
    }

    // What no thinning may take: the records, whatever was scored on other data, the front, what failed first.
    private static HashSet<long> Kept(ReportRun run, IReadOnlyList<Trial> compared)
    {
        var kept = run.Summary.Trials.Where(trial => trial.Role != DataRole.Search || trial.Strategy == Reference.Strategy).Select(trial => trial.Id).ToHashSet();
        if (run.Study.ObjectiveCount > 1)
        {
            kept.UnionWith(StudySummary.Front(run.Summary.Trials).Select(trial => trial.Id));
        }

        Trial[] searched = [.. compared.Where(trial => trial.Role == DataRole.Search).OrderBy(trial => trial.Id)];
        for (int i = 0; i < run.Study.ObjectiveCount; i++)
        {
            double least = double.PositiveInfinity;
            foreach (Trial trial in searched.Where(trial => trial.Objectives[i] < least))
            {
                least = trial.Objectives[i];
                kept.Add(trial.Id);
            }
        }

        kept.UnionWith(run.Searched.Where(trial => trial.State == TrialState.Failed).DistinctBy(trial => trial.Reason).Select(trial => trial.Id));
        return kept;
    }

    // Fixed recipes that a search should beat.
    private static IEnumerable<object> Levels(StudySummary summary) =>
        new (string Name, Trial? Trial)[] { ("uniform average", summary.FindReference(Reference.Uniform)), ($"task arithmetic, one λ ({StudyTable.Lambda(summary.SingleLambda)})", summary.SingleLambda) }
            .Where(level => level.Trial is { State: TrialState.Complete }).Select(level => new { level.Name, level.Trial!.Id, level.Trial.Objectives });

    private static Trial[] On(ReportRun run, DataRole role) => [.. run.Summary.Trials.Where(trial => trial.Role == role && trial.State == TrialState.Complete).OrderBy(trial => trial.Id)];
}
