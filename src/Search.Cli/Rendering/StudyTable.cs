using System.Globalization;
using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Search.Cli.Rendering;

/// <summary>The table a study ends with: what was found beside what fixed recipes give.</summary>
internal static class StudyTable
{
    /// <summary>Lays the table out: accuracy on report data where labels are known, and entropy on search data.</summary>
    public static IRenderable Create(StudyDefinition study, StudySummary summary)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(Markup.Escape(study.Name));
        foreach (string column in study.Tasks.Select(task => task.Name).Prepend("mean"))
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned());
        }

        foreach ((string name, IReadOnlyList<Cell?> cells) in Rows(study, summary))
        {
            table.AddRow([Markup.Escape(name), Format(Mean(cells)), .. cells.Select(Format)]);
        }

        if (study.Evaluator.Command is not null)
        {
            return new Rows(table, new Text($"{ReportScore(study)} on report data, never optimised on · (on search data); the objective is {string.Join(" and ", study.Objectives.Select(objective => objective.Title))}, less is better{Choice(study, summary)}\n"));
        }

        string minimised = study.Objectives.Any(objective => objective.Title == PredictionScores.Entropy) ? ", what the search minimises" : "";
        bool reported = study.Tasks.Any(task => task.Roles.Contains(DataRole.Report));
        return new Rows(
            table,
            new Text(reported
                ? $"accuracy on report data, never optimised on · (entropy in nats on search data{minimised})"
                : "(entropy in nats on search data); no task has report data, so there is no accuracy"),
            new Text($"oracle: chosen by the labels of the report data, which a search without labels does not have{Choice(study, summary)}{(summary.Winner?.Reason is { } reason ? $"\nbeware, what was found is a {reason}" : "")}\n"));
    }

    private static IEnumerable<(string Name, IReadOnlyList<Cell?> Cells)> Rows(StudyDefinition study, StudySummary summary)
    {
        IReadOnlyList<Cell?> All(Trial? trial) => [.. study.Tasks.Select(task => trial is null ? null : Read(study, summary, trial, task.Name))];

        yield return ("base", All(summary.FindReference(Reference.Base)));
        yield return ("experts, each on its own tasks", [.. study.Tasks.Select(task =>
            task.Expert is { } name && summary.FindReference(Reference.Expert(name)) is { } expert ? Read(study, summary, expert, task.Name) : null)]);
        yield return ("uniform average", All(summary.FindReference(Reference.Uniform)));
        if (study.Evaluator.Command is null)
        {
            yield return ($"task arithmetic, one λ by {string.Join(" and ", study.Objectives.Select(objective => objective.Title).Distinct())} ({Lambda(summary.SingleLambda)})", All(summary.SingleLambda));
        }

        if (summary.OracleLambda is { } oracle)
        {
            yield return ($"task arithmetic, one λ by accuracy ({Lambda(oracle)}, oracle)", All(oracle));
        }

        yield return (summary.Winner is { } winner ? $"found by {winner.Strategy} (trial {winner.Id}{Kind(study)})" : "found", All(summary.Winner));
        if (summary.Recommended is { State: TrialState.Complete } recommended && recommended.Id != summary.Winner?.Id)
        {
            yield return ($"recommended by {recommended.Strategy} (trial {recommended.Id}{Kind(study)})", All(recommended));
        }
    }

    // Models that know their task are no rivals of one model for all.
    private static string Kind(StudyDefinition study) => study.Merge.Operator.IsPerTask ? ", one model a task" : "";

    // The best observed score is the luckiest of many; a recommended point that is another was not picked by its score.
    private static string Choice(StudyDefinition study, StudySummary summary)
    {
        if (summary.Winner is { Objectives.Count: > 1 } compromise)
        {
            return $"\nfound: {summary.Choice}\nobjectives on search data: {string.Join(", ", study.ObjectiveNames.Zip(compromise.Objectives, (name, value) => $"{name} {value.ToString("0.000000", CultureInfo.InvariantCulture)}"))}";
        }

        string Objective(Trial trial) => trial.Objectives[0].ToString("0.000000", CultureInfo.InvariantCulture);
        string choice = summary.Choice is { } how ? $"\nfound: {how}" : "";
        return summary is { BestObserved: { } best, Recommended: { } recommended, Optimism: { } optimism }
            ? $"{choice}\nobjective on search data: best observed {Objective(best)} (trial {best.Id}), recommended {Objective(recommended)} (trial {recommended.Id}); "
                + string.Create(CultureInfo.InvariantCulture, $"the best observed may flatter by {optimism:0.000000}")
            : choice;
    }

    // Of a command's scores, the one that the objective names first.
    private static string ReportScore(StudyDefinition study) => study.Evaluator.Command is null ? PredictionScores.Accuracy : study.Objectives[0].Terms[0].Score.Name;

    private static string SearchScore(StudyDefinition study) => study.Evaluator.Command is null ? PredictionScores.Entropy : ReportScore(study);

    private static Cell Read(StudyDefinition study, StudySummary summary, Trial trial, string task) => new(
        summary.On(trial, DataRole.Report) is { } report && report.Scores.TryGetValue($"{task}/{ReportScore(study)}", out double reported) ? reported : null,
        summary.On(trial, DataRole.Search) is { } search && search.Scores.TryGetValue($"{task}/{SearchScore(study)}", out double searched) ? searched : null);

    private static Cell? Mean(IReadOnlyList<Cell?> cells) => cells.Any(cell => cell is null)
        ? null
        : new Cell(
            cells.All(cell => cell!.Accuracy is not null) ? cells.Average(cell => cell!.Accuracy) : null,
            cells.All(cell => cell!.Entropy is not null) ? cells.Average(cell => cell!.Entropy) : null);

    private static string Lambda(Trial? trial) => trial?.Label?[Reference.LambdaPrefix.Length..] ?? "none";

    private static string Format(Cell? cell)
    {
        string accuracy = cell?.Accuracy?.ToString("0.000", CultureInfo.InvariantCulture) ?? "–";
        string entropy = cell?.Entropy?.ToString("0.000", CultureInfo.InvariantCulture) ?? "–";
        return $"{accuracy} ({entropy})";
    }

    private sealed record Cell(double? Accuracy, double? Entropy);
}
