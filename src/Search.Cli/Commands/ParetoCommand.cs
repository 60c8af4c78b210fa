using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Results.Fronts;
using Search.Storage;
using Search.Yaml;
using Spectre.Console;

namespace Search.Cli.Commands;

internal static class ParetoCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        var wanted = new FrontOptions();
        var history = new Option<bool>("--history") { Description = "With --json: the volume after each searched trial, on search data." };
        var against = new Option<string[]>("--against") { Description = "Other runs of the same objectives and data, whose fronts are compared with this one's.", HelpName = "RUN", AllowMultipleArgumentsPerToken = true };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        Option<string> results = ResultsFolder.Option();
        var command = new Command(
            "pareto",
            "Show the front of a run with several objectives: the candidates that no other undercuts everywhere; works while it runs.\n\nExample: search pareto two-tasks --prefer digits=2 --floor letters=0.8\nExample: search pareto two-tasks --against two-tasks/20260101-120000")
        {
            run, against, history, json, results,
        };
        wanted.AddTo(command);
        command.SetAction(parsed =>
        {
            (RunDirectory directory, StudyDefinition study, LedgerBrief ledger) = Open(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run));
            (RunDirectory, StudyDefinition, LedgerBrief Ledger)[] others = [.. (parsed.GetValue(against) ?? []).Select(other => Open(parsed.GetRequiredValue(results), other))];
            IReadOnlyList<string> names = study.ObjectiveNames;
            FrontQuery query = wanted.Read(parsed);
            query = others.Length > 0 ? query with { Role = query.Role ?? FrontRival.Role([ledger, .. others.Select(other => other.Ledger)]) } : query;
            var front = FrontReport.Of(study, ledger.Trials, query, ledger.Scored);
            var resampling = new ObjectiveIntervals(study);
            Dictionary<long, IReadOnlyList<(double Lower, double Upper)?>> intervals = front.Front.ToDictionary(trial => trial.Id, resampling.Of);
            FrontRival[] rivals = [.. others.Select(other => FrontRival.Of((directory, study, front), other, query))];
            double[]? attained = rivals.Length == 0 ? null : [.. FrontRival.Vectors(front).Select(vector => FrontIndicators.Attainment(vector, [.. rivals.Select(rival => FrontRival.Vectors(rival.Front))]))];
            long effort = Hypervolume.Affordable;
            double? volume = front.Volume(ref effort);
            long each = Hypervolume.Affordable;
            double[]? contributions = volume is null ? null : Hypervolume.Contributions(FrontRival.Vectors(front), front.Reference, ref each);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        directory.RunId,
                        Role = YamlText.Word(front.Role),
                        front.Scored,
                        Objectives = names,
                        Better = "lower",
                        front.Reference,
                        Hypervolume = volume,
                        front.Refused,
                        History = parsed.GetValue(history) ? History(directory, study, ledger, query, ref effort) : null,
                        Gaps = front.Gaps.Select(gap => new { Role = YamlText.Word(gap.Role), gap.Count, gap.Means }),
                        Against = rivals.Select(rival => new { rival.Run.RunId, rival.Front.Scored, rival.Reference, rival.Mine, rival.Theirs }),
                        Front = front.Front.Select((trial, index) => new { TrialId = trial.Id, trial.Objectives, Intervals = intervals[trial.Id].Select(interval => interval is { } known ? new[] { known.Lower, known.Upper } : null), Contribution = contributions?[index], Attained = attained?[index], Marks = front.Marks(trial, names), trial.Coefficients }),
                    },
                    Json));
                return;
            }

            Table table = new Table().Border(TableBorder.Simple);
            table.AddColumn(new TableColumn("trial").RightAligned());
            foreach (string name in names)
            {
                table.AddColumn(new TableColumn(Markup.Escape($"{name} ↓")).RightAligned());
            }

            table.AddColumn(new TableColumn("adds ↑").RightAligned());
            if (attained is not null)
            {
                table.AddColumn(new TableColumn("attained ↓").RightAligned());
            }

            table.AddColumn("");
            foreach ((int index, Trial trial) in front.Front.Index())
            {
                table.AddRow([$"{trial.Id}", .. trial.Objectives.Zip(intervals[trial.Id], Cell), contributions is null ? "–" : Number(contributions[index]), .. attained is null ? (string[])[] : [attained[index].ToString("0.##", CultureInfo.InvariantCulture)], Markup.Escape(string.Join(", ", front.Marks(trial, names)))]);
            }

            Terminal.Tables.Write(table);
            Terminal.Out.WriteLine($"front     {front.Front.Count} of the {front.Scored} candidates scored on {YamlText.Word(front.Role)} data{(front.Refused > 0 ? $"; {front.Refused} more exceed the limits" : "")}; every objective is better the lower it is");
            Terminal.Out.WriteLine($"volume    {(volume is { } measured ? Number(measured) : $"not measured, as {front.Front.Count} vectors of {names.Count} numbers would take too long,")} below ({string.Join(", ", front.Reference.Select(Number))}){(query.Reference.Count == 0 ? ", the worst of each objective among them" : "")}; a candidate adds what the others do not dominate{(volume is not null && contributions is null ? ", which would take too long to measure" : "")}");
            if (intervals.Values.Any(each => each.Any(interval => interval is not null)))
            {
                Terminal.Out.WriteLine("intervals 95 %, over blocks of examples drawn anew; the same draws for all candidates");
            }

            foreach (FrontGap gap in front.Gaps)
            {
                Terminal.Out.WriteLine($"gap       on {YamlText.Word(gap.Role)} data {string.Join(", ", names.Zip(gap.Means, (name, mean) => $"{name} {mean.ToString("+0.000000;-0.000000", CultureInfo.InvariantCulture)}"))} than on search data, the mean of {gap.Count}");
            }

            foreach (FrontRival rival in rivals)
            {
                Print(directory, rival);
            }

            if (attained is not null)
            {
                Terminal.Out.WriteLine("attained  the share of the other runs whose front equals or dominates the candidate");
            }

            Terminal.Out.WriteLine($"export    search export {directory.RunId} --trial {(front.Preferred ?? front.Compromise).Id} -o DIR");
        });
        return command;
    }

    private static (RunDirectory Run, StudyDefinition Study, LedgerBrief Ledger) Open(string results, string name)
    {
        RunDirectory directory = RunDirectory.Find(results, name);
        StudyDefinition study = StudyFile.Read(directory.Study, [], requireFiles: false);
        return (directory, study, LedgerBrief.Read(directory.Path, Terminal.Error.WriteLine, study));
    }

    private static void Print(RunDirectory directory, FrontRival rival)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (string name in new[] { directory.RunId, rival.Run.RunId })
        {
            table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
        }

        void Row(string name, Func<FrontStanding, string> cell) => table.AddRow(Markup.Escape(name), cell(rival.Mine), cell(rival.Theirs));
        Row("front", standing => $"{standing.Size}");
        Row("not dominated by the other ↑", standing => $"{standing.Unbeaten}");
        Row("volume ↑", standing => standing.Hypervolume is { } volume ? Number(volume) : "–");
        Row("IGD+ to the front of both ↓", standing => Number(standing.Distance));
        Row("additive ε to the other ↓", standing => Number(standing.Epsilon));
        if (rival.Mine.Spread is not null)
        {
            Row("spread ↓", standing => Number(standing.Spread!.Value));
        }

        Terminal.Tables.Write(table);
        Terminal.Out.WriteLine($"against   {rival.Run.Path}, on {YamlText.Word(rival.Front.Role)} data; volumes below ({string.Join(", ", rival.Reference.Select(Number))}), the rest in units of the ranges of the front of both");
    }

    // How the volume that the search dominates on its own data grew, below the reference that was asked for and the worst there of the other objectives.
    private static double[]? History(RunDirectory directory, StudyDefinition study, LedgerBrief ledger, FrontQuery query, ref long effort) => HypervolumeHistory.Of(
        [.. LedgerBrief.ReadScores(directory.Path).Select(score => score.Objectives)],
        FrontReport.Of(study, ledger.Trials, new FrontQuery { Role = DataRole.Search, Reference = query.Reference }, ledger.Scored).Reference,
        ref effort);

    private static string Cell(double value, (double Lower, double Upper)? interval) =>
        interval is { } known ? string.Create(CultureInfo.InvariantCulture, $"{value:0.0000} [[{known.Lower:0.0000}, {known.Upper:0.0000}]]") : Number(value);

    private static string Number(double value) => value.ToString("0.000000", CultureInfo.InvariantCulture);
}
