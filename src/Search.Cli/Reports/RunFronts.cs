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

    // Above this an exact volume takes too long for a closing line of a run.
    private const int MostObjectives = 4;
    private const int MostVectors = 200;

    /// <summary>Finds them.</summary>
    /// <returns>Role to front, or null of a study with one objective or without a scored candidate.</returns>
    public static object? Of(ReportRun run)
    {
        IReadOnlyCollection<Trial> trials = run.Summary.Trials;
        if (run.Study.ObjectiveCount == 1 || run.Summary.Winner is null)
        {
            return null;
        }

        Trial[] compared = [.. StudySummary.Comparable(trials).OrderBy(trial => trial.Id)];
        Dictionary<DataRole, FrontReport> fronts = compared.Select(trial => trial.Role).Distinct().Order()
            .ToDictionary(role => role, role => FrontReport.Of(run.Study, trials, new FrontQuery { Role = role }));
        return new
        {
            Role = YamlText.Word(fronts.ContainsKey(DataRole.Select) ? DataRole.Select : DataRole.Search),
            Roles = fronts.ToDictionary(front => YamlText.Word(front.Key), front => Describe(run, front.Value)),
            Growth = Growth([.. compared.Where(trial => trial.Role == DataRole.Search)], fronts[DataRole.Search].Reference),
        };
    }

    private static object Describe(ReportRun run, FrontReport front) => new
    {
        front.Scored,
        Hypervolume = IsMeasurable(front.Front.Count, front.Reference.Count) ? front.Hypervolume : (double?)null,
        front.Reference,
        Trials = front.Front.Select(trial => trial.Id),
        Marks = front.Front.Select(trial => front.Marks(trial, run.Study.ObjectiveNames)),
    };

    private static bool IsMeasurable(int vectors, int objectives) => vectors <= MostVectors && objectives <= MostObjectives;

    // The volume after so many trials, below the worst of each objective among all; null where the front was ever too large to measure.
    private static object? Growth(IReadOnlyList<Trial> searched, IReadOnlyList<double> reference)
    {
        double[][] vectors = [.. searched.Select(trial => trial.Objectives.ToArray())];
        var archive = new ParetoArchive<int>();
        if (vectors.Index().Any(vector => archive.Add(vector.Item, vector.Index) && !IsMeasurable(archive.Entries.Count, reference.Count)))
        {
            return null;
        }

        int every = Math.Max(1, searched.Count / Checkpoints);
        int[] places = [.. Enumerable.Range(0, searched.Count).Where(index => (index + 1) % every == 0 || index == searched.Count - 1)];
        return new { Trials = places.Select(place => searched[place].Id), Volumes = HypervolumeHistory.Of(vectors, reference, places) };
    }
}
