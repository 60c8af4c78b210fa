using System.Globalization;
using System.Text;
using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Yaml;

namespace Search.Cli.Export;

/// <summary>Tells a person who finds an export what it is: what was merged how, what it scored, and how to make it again.</summary>
internal static class ModelCard
{
    /// <summary>The file's name in an export, where model hubs look for it.</summary>
    public const string FileName = "README.md";

    private const int MostGroups = 64;

    /// <summary>Writes the card.</summary>
    /// <param name="session">The study.</param>
    /// <param name="run">The run.</param>
    /// <param name="trial">The trial on search data.</param>
    /// <param name="trials">The ledger, for what else was scored.</param>
    /// <param name="verified">The objectives of the files as read back.</param>
    /// <param name="type">The element type.</param>
    /// <param name="mergekit">Why there is no configuration for mergekit, or null where there is one.</param>
    public static string Write(StudySession session, RunDirectory run, Trial trial, IReadOnlyCollection<Trial> trials, IReadOnlyList<double> verified, string type, string? mergekit)
    {
        StudyDefinition study = session.Study;
        var text = new StringBuilder();
        void Line(FormattableString line = null!) => text.Append(line is null ? "" : line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"---");
        Line($"tags: [merge]");
        Line($"---");
        Line();
        Line($"# {study.Name}, trial {trial.Id}");
        Line();
        Line($"A merge of {session.Family.Experts.Count} experts of one base model by `{study.Merge.Operator.Name}`, found by Search {StudyRun.ProgramVersion}: trial {trial.Id} of run `{run.RunId}`,");
        Line($"proposed by `{trial.Strategy}`{(trial.Label is { } label ? $" ({label})" : "")}, seed {study.Seed}. Weights are {type}. `manifest.json` has the hashes of all inputs and of these files.");
        Line();
        Line($"| model | file |");
        Line($"|---|---|");
        Line($"| base | `{Path.GetFileName(study.Model.Base)}` |");
        foreach (ExpertDefinition expert in study.Model.Experts)
        {
            Line($"| {expert.Name} | `{Path.GetFileName(expert.Path)}` |");
        }

        Line();
        Line($"| objective (lower is better) | ledger | {(study.Evaluator.Command is { NeedsModel: false } ? "coefficients scored again" : "these files")} |");
        Line($"|---|--:|--:|");
        foreach ((string name, int index) in study.ObjectiveNames.Select((name, index) => (name, index)))
        {
            Line($"| {name} | {trial.Objectives[index]:0.000000} | {verified[index]:0.000000} |");
        }

        if (trials.FirstOrDefault(row => row.Id == trial.Id && row.Role == DataRole.Report && row.State == TrialState.Complete) is { } report && StudySummary.MeanAccuracy(report) is { } mean)
        {
            Line();
            Line($"| accuracy on report data (higher is better) | |");
            Line($"|---|--:|");
            foreach ((string score, double value) in report.Scores.Where(score => score.Key.EndsWith($"/{PredictionScores.Accuracy}", StringComparison.Ordinal)))
            {
                Line($"| {score[..score.LastIndexOf('/')]} | {value:0.0000} |");
            }

            Line($"| mean | {mean:0.0000} |");
        }

        Line();
        Coefficients(session, trial, Line);
        string[] settings = [.. study.Merge.Operator.Entries().Where(entry => entry.Value is not null).Select(entry => string.Create(CultureInfo.InvariantCulture, $"`{entry.Key}: {entry.Value}`"))];
        if (settings.Length > 0)
        {
            Line($"Settings of the operator: {string.Join(", ", settings)}.");
            Line();
        }

        Line($"Granularity: {study.Merge.Granularity.Title}. {(session.Family.PrivateNames.Count > 0 ? $"Tensors of single tasks ({string.Join(", ", study.Model.Private.Select(pattern => $"`{pattern}`"))}) are not merged: `{ModelExport.PrivateFolder}/` has each expert's own. " : "")}{(mergekit is null ? $"`{MergekitConfig.FileName}` says the same merge in mergekit's words." : $"No configuration for mergekit: {mergekit}.")}");
        Line();
        Line($"To make it again: `search export {run.RunId} --trial {trial.Id} -o DIR`.");
        return text.ToString();
    }

    private static void Coefficients(StudySession session, Trial trial, Action<FormattableString> line)
    {
        MergeSpace space = session.Space;
        string[] columns = trial.Strategy == Reference.Strategy ? [.. session.Family.Experts.Select(expert => expert.Key)] : [.. space.Merge.Columns];
        int groups = trial.Strategy == Reference.Strategy ? 1 : space.Groups.Count;
        line($"| coefficients | {string.Join(" | ", columns)} |");
        line($"|---|{string.Concat(columns.Select(_ => "--:|"))}");
        for (int group = 0; group < Math.Min(groups, MostGroups); group++)
        {
            string name = groups == 1 ? "all tensors" : space.Groups[group];
            line($"| {name} | {string.Join(" | ", trial.Coefficients.Skip(group * columns.Length).Take(columns.Length).Select(value => value.ToString("0.0000", CultureInfo.InvariantCulture)))} |");
        }

        if (groups > MostGroups)
        {
            line($"| … {groups - MostGroups} more in `manifest.json` |{string.Concat(columns.Select(_ => " |"))}");
        }

        for (int index = space.WeightCount; index < space.Dimension && trial.Strategy != Reference.Strategy; index++)
        {
            line($"| {space.Name(index)} | {trial.Coefficients[index]:0.0000} |{string.Concat(columns.Skip(1).Select(_ => " |"))}");
        }

        line($"");
    }
}
