using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Results.Fronts;
using Search.Storage;
using Search.Yaml;

namespace Search.Cli;

/// <summary>Two runs' fronts of the same objectives side by side.</summary>
/// <param name="Run">The other run.</param>
/// <param name="Front">Its front.</param>
/// <param name="Reference">What both volumes are measured below: the worst of each objective among the candidates of both, unless other values were asked for.</param>
/// <param name="Mine">How the one stands.</param>
/// <param name="Theirs">How the other stands.</param>
internal sealed record FrontRival(RunDirectory Run, FrontReport Front, IReadOnlyList<double> Reference, FrontStanding Mine, FrontStanding Theirs)
{
    /// <summary>The data that two runs' fronts are compared on where nobody says: select data where both have candidates there, else search data.</summary>
    public static DataRole Role(IEnumerable<LedgerBrief> ledgers) =>
        ledgers.All(ledger => StudySummary.Comparable(ledger.Trials).Any(trial => trial.Role == DataRole.Select)) ? DataRole.Select : DataRole.Search;

    /// <summary>Compares a front with another run's.</summary>
    /// <param name="one">The run, its study and its front.</param>
    /// <param name="other">The other run, its study and its ledger.</param>
    /// <param name="query">What was wanted of the front, and is of the other.</param>
    /// <exception cref="SearchException">They are not of the same objectives and data, or the other has no front there.</exception>
    public static FrontRival Of((RunDirectory Run, StudyDefinition Study, FrontReport Front) one, (RunDirectory Run, StudyDefinition Study, LedgerBrief Ledger) other, FrontQuery query)
    {
        if (!Objectives(one.Study).SequenceEqual(Objectives(other.Study)))
        {
            throw new SearchException($"--against {other.Run.RunId}: its objectives are {string.Join(", ", other.Study.ObjectiveNames)}, and those of {one.Run.RunId} are {string.Join(", ", one.Study.ObjectiveNames)}{(one.Study.ObjectiveNames.SequenceEqual(other.Study.ObjectiveNames) ? " of other weights" : "")}, so their fronts do not compare.");
        }

        DataRole role = one.Front.Role;
        if (!Data(one.Run, one.Study, role).SequenceEqual(Data(other.Run, other.Study, role)))
        {
            throw new SearchException($"--against {other.Run.RunId}: its {YamlText.Word(role)} data is not that of {one.Run.RunId}, so their fronts do not compare.");
        }

        var front = FrontReport.Of(other.Study, other.Ledger.Trials, query with { Role = role }, other.Ledger.Scored);
        double[] reference = [.. one.Front.Reference.Zip(front.Reference, Math.Max)];
        long effort = Hypervolume.Affordable;
        (FrontStanding mine, FrontStanding theirs) = FrontStanding.Of(Vectors(one.Front), Vectors(front), reference, ref effort);
        return new FrontRival(other.Run, front, reference, mine, theirs);
    }

    /// <summary>A front's objective vectors.</summary>
    public static double[][] Vectors(FrontReport front) => [.. front.Front.Select(trial => trial.Objectives.ToArray())];

    private static IEnumerable<object> Objectives(StudyDefinition study) =>
        [.. study.ObjectiveNames, .. study.Objectives.Select(objective => (object)(objective.Aggregate, objective.Regulariser, string.Join(' ', objective.Weights.OrderBy(weight => weight.Key, StringComparer.Ordinal))))];

    // The content of the tasks' files and of the experts that scores compare with, as recorded when the run began; of a program that scores, its command. What nobody
    // recorded is like nothing else.
    private static IEnumerable<string> Data(RunDirectory run, StudyDefinition study, DataRole role)
    {
        if (study.Evaluator.Command is { } command)
        {
            return [command.Folder, .. command.Arguments];
        }

        (string Path, string Hash)[] inputs = [.. RunManifest.Read(run).Inputs.Select(input => (Path.GetFullPath(input.Path, run.Path), input.Sha256))];
        bool comparesExperts = study.Scores.Any(score => score.NeedsExpert);
        return study.Tasks.SelectMany(task => new[] { task.Batches.GetValueOrDefault(role), comparesExperts ? study.Model.Experts.First(expert => expert.Name == task.Expert).Path : null })
            .Select(path => path is null ? "" : inputs.Where(input => input.Path == path || Path.GetDirectoryName(input.Path) == path).Select(input => input.Hash).DefaultIfEmpty($"{run.Path}: {path}").Aggregate((all, hash) => $"{all} {hash}"));
    }
}
