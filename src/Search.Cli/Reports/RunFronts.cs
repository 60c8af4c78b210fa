using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Results.Fronts;
using Search.Yaml;

namespace Search.Cli.Reports;

/// <summary>The fronts of a run with several objectives, on each role's data, and how the one on search data grew.</summary>
internal static class RunFronts
{
    private const int Checkpoints = 50;

    /// <summary>Finds them.</summary>
    /// <param name="run">The run.</param>
    /// <param name="share">How many runs the report is of, which together have a report's time to measure volumes.</param>
    /// <returns>Role to front, or null of a study with one objective or without a scored candidate.</returns>
    public static object? Of(ReportRun run, int share)
    {
        IReadOnlyCollection<Trial> trials = run.Summary.Trials;
        if (run.Study.ObjectiveCount == 1 || run.Summary.Winner is null)
        {
            return null;
        }

        Trial[] compared = [.. StudySummary.Comparable(trials).OrderBy(trial => trial.Id)];
        var resampling = new ObjectiveIntervals(run.Study);
        Dictionary<DataRole, FrontReport> fronts = compared.Select(trial => trial.Role).Distinct().Order()
            .ToDictionary(role => role, role => FrontReport.Of(run.Study, trials, new FrontQuery { Role = role }));
        long effort = Hypervolume.Affordable / share;
        return new
        {
            Role = YamlText.Word(fronts.ContainsKey(DataRole.Select) ? DataRole.Select : DataRole.Search),
            Roles = fronts.ToDictionary(front => YamlText.Word(front.Key), front => Describe(run, front.Value, resampling, ref effort)),
            Growth = Growth([.. compared.Where(trial => trial.Role == DataRole.Search)], fronts[DataRole.Search].Reference, ref effort),
        };
    }

    private static object Describe(ReportRun run, FrontReport front, ObjectiveIntervals resampling, ref long effort) => new
    {
        front.Scored,
        Hypervolume = front.Volume(ref effort),
        front.Reference,
        Trials = front.Front.Select(trial => trial.Id),
        Marks = front.Front.Select(trial => front.Marks(trial, run.Study.ObjectiveNames)),
        Intervals = front.Front.Select(trial => resampling.Of(trial).Select(interval => interval is { } known ? new[] { known.Lower, known.Upper } : null)),
    };

    // The volume after so many trials, below the worst of each objective among all; null where it takes too long to measure.
    private static object? Growth(IReadOnlyList<Trial> searched, IReadOnlyList<double> reference, ref long effort)
    {
        int every = Math.Max(1, searched.Count / Checkpoints);
        int[] places = [.. Enumerable.Range(0, searched.Count).Where(index => (index + 1) % every == 0 || index == searched.Count - 1)];
        return HypervolumeHistory.Of([.. searched.Select(trial => trial.Objectives.ToArray())], reference, ref effort, places) is { } volumes
            ? new { Trials = places.Select(place => searched[place].Id), Volumes = volumes }
            : null;
    }
}
