using System.Globalization;
using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Yaml;
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

        foreach (StudyRow row in Rows(study, summary))
        {
            table.AddRow([Markup.Escape(row.Name), .. row.Cells.Select(Format)]);
        }

        return new Rows(table, new Text($"{string.Join('\n', Notes(study, summary))}\n"));
    }

    /// <summary>What the table says under itself, a line each.</summary>
    public static IReadOnlyList<string> Notes(StudyDefinition study, StudySummary summary)
    {
        string names = string.Join(" and ", study.Objectives.Select(objective => objective.Title).Distinct());
        if (study.Evaluator.Command is not null)
        {
            return [$"{ReportScore(study)} on report data, never optimised on · (on search data); the objective is {names}, lower is better", .. Choice(study, summary), .. Constraints(study, summary)];
        }

        string minimised = study.Objectives.Any(objective => objective.Title == PredictionScores.Entropy) ? ", what the search minimises" : "";
        bool reported = study.Tasks.Any(task => task.Roles.Contains(DataRole.Report));
        return
        [
            reported
                ? $"accuracy on report data, higher is better, never optimised on · (entropy in nats on search data, lower is better{minimised})"
                : "(entropy in nats on search data, lower is better); no task has report data, so there is no accuracy",
            "oracle: chosen by the labels of the report data, which a search without labels does not have",
            .. Choice(study, summary),
            .. Constraints(study, summary),
            .. summary.Winner?.Reason is { } reason ? [$"beware, what was found is a {reason}"] : Array.Empty<string>(),
        ];
    }

    /// <summary>The table's rows: what each merge scored as the mean over tasks, then on each task.</summary>
    public static IEnumerable<StudyRow> Rows(StudyDefinition study, StudySummary summary) =>
        Merges(study, summary).Select(row => new StudyRow(row.Name, row.Trial?.Id, [Mean(row.Cells), .. row.Cells]));

    /// <summary>The λ of a merge with one for all experts.</summary>
    public static string Lambda(Trial? trial) => trial?.Label?[Reference.LambdaPrefix.Length..] ?? "none";

    /// <summary>The score on report data that its cells have first: accuracy, or of a command's scores the one that the objective names first.</summary>
    public static string ReportScore(StudyDefinition study) => study.Evaluator.Command is null ? PredictionScores.Accuracy : study.Objectives[0].Terms[0].Score.Name;

    /// <summary>The score on search data that its cells have second.</summary>
    public static string SearchScore(StudyDefinition study) => study.Evaluator.Command is null ? PredictionScores.Entropy : ReportScore(study);

    private static IEnumerable<(string Name, Trial? Trial, IReadOnlyList<StudyCell?> Cells)> Merges(StudyDefinition study, StudySummary summary)
    {
        (string, Trial?, IReadOnlyList<StudyCell?>) All(string name, Trial? trial) =>
            (name, trial, [.. study.Tasks.Select(task => trial is null ? null : Read(study, summary, trial, task.Name))]);

        yield return All("base", summary.FindReference(Reference.Base));
        yield return ("experts, each on its own tasks", null, [.. study.Tasks.Select(task =>
            task.Expert is { } name && summary.FindReference(Reference.Expert(name)) is { } expert ? Read(study, summary, expert, task.Name) : null)]);
        yield return All("uniform average", summary.FindReference(Reference.Uniform));
        if (study.Evaluator.Command is null)
        {
            yield return All($"task arithmetic, one λ by {string.Join(" and ", study.Objectives.Select(objective => objective.Title).Distinct())} ({Lambda(summary.SingleLambda)})", summary.SingleLambda);
        }

        if (summary.OracleLambda is { } oracle)
        {
            yield return All($"task arithmetic, one λ by accuracy ({Lambda(oracle)}, oracle)", oracle);
        }

        yield return All(summary.Winner is { } winner ? $"found by {winner.Strategy} (trial {winner.Id}{Kind(study)})" : "found", summary.Winner);
        if (summary.Recommended is { State: TrialState.Complete } recommended && recommended.Id != summary.Winner?.Id)
        {
            yield return All($"recommended by {recommended.Strategy} (trial {recommended.Id}{Kind(study)})", recommended);
        }
    }

    // Models that know their task are no rivals of one model for all.
    private static string Kind(StudyDefinition study) => study.Merge.Operator.IsPerTask ? ", one model a task" : "";

    // The best observed score is the luckiest of many; a recommended point that is another was not picked by its score.
    private static IEnumerable<string> Choice(StudyDefinition study, StudySummary summary)
    {
        if (summary.Choice is { } how)
        {
            yield return $"found: {how}";
        }

        static string Number(double value) => value.ToString("0.000000", CultureInfo.InvariantCulture);
        if (summary.Winner is { Objectives.Count: > 1 } compromise)
        {
            yield return $"objectives on search data, lower is better: {string.Join(", ", study.ObjectiveNames.Zip(compromise.Objectives, (name, value) => $"{name} {Number(value)}"))}";
        }
        else if (summary is { BestObserved: { } best, Recommended: { } recommended, Optimism: { } optimism })
        {
            yield return $"objective on search data, lower is better: best observed {Number(best.Objectives[0])} (trial {best.Id}), recommended {Number(recommended.Objectives[0])} (trial {recommended.Id}); the best observed may flatter by {Number(optimism)}";
        }
    }

    // What was found is infeasible only where all others are, except on report data, which decides nothing of one objective.
    private static IEnumerable<string> Constraints(StudyDefinition study, StudySummary summary)
    {
        static string Number(double value) => value.ToString("0.000000", CultureInfo.InvariantCulture);
        foreach (Trial row in summary.Winner is null ? [] : Enum.GetValues<DataRole>().Select(role => summary.On(summary.Winner, role)).OfType<Trial>())
        {
            IReadOnlyList<(QuantityBound Bound, double Value)> measured = StudyConstraint.Measured(study, summary.Trials, row);
            bool isKept = measured.All(one => one.Value <= one.Bound.Most);
            if (measured.Count > 0)
            {
                yield return $"{(isKept ? "constraints kept" : row.Role == DataRole.Report ? "beware, constraints broken" : "beware, no candidate keeps the constraints")} on {YamlText.Word(row.Role)} data: "
                    + string.Join(", ", measured.Select(one => $"{one.Bound.Quantity.Name} {Number(one.Value)} (at most {Number(one.Bound.Most)})"));
            }
        }
    }

    private static StudyCell Read(StudyDefinition study, StudySummary summary, Trial trial, string task) => new(
        summary.On(trial, DataRole.Report) is { } report && report.Scores.TryGetValue($"{task}/{ReportScore(study)}", out double reported) ? reported : null,
        summary.On(trial, DataRole.Search) is { } search && search.Scores.TryGetValue($"{task}/{SearchScore(study)}", out double searched) ? searched : null);

    private static StudyCell? Mean(IReadOnlyList<StudyCell?> cells) => cells.Any(cell => cell is null)
        ? null
        : new StudyCell(
            cells.All(cell => cell!.Accuracy is not null) ? cells.Average(cell => cell!.Accuracy) : null,
            cells.All(cell => cell!.Entropy is not null) ? cells.Average(cell => cell!.Entropy) : null);

    private static string Format(StudyCell? cell)
    {
        string accuracy = cell?.Accuracy?.ToString("0.000", CultureInfo.InvariantCulture) ?? "–";
        string entropy = cell?.Entropy?.ToString("0.000", CultureInfo.InvariantCulture) ?? "–";
        return $"{accuracy} ({entropy})";
    }
}
