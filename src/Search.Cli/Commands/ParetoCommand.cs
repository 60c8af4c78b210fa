using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Search.Controller;
using Search.Evaluation;
using Search.Results;
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
        var role = new Option<string>("--role") { Description = "The data that objectives are compared on; by default select data where there is some, else search data.", HelpName = "ROLE" };
        role.AcceptOnlyFromAmong([.. Enum.GetValues<DataRole>().Select(value => YamlText.Word(value))]);
        var prefer = new Option<string>("--prefer") { Description = "Marks the compromise with these weights, by objective or task; the others weigh 1.", HelpName = "NAME=WEIGHT,…" };
        prefer.Validators.Add(result =>
        {
            if (result.Tokens is [.., { } token] && token.Value.Split(',').Any(part => Preference(part) is null))
            {
                result.AddError($"--prefer takes NAME=WEIGHT, several separated by commas, got '{token.Value}'.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        Option<string> results = ResultsFolder.Option();
        var command = new Command(
            "pareto",
            "Show the front of a run with several objectives: the candidates that no other undercuts everywhere; works while it runs.\n\nExample: search pareto two-tasks --prefer digits=2")
        {
            run, role, prefer, json, results,
        };
        command.SetAction(parsed =>
        {
            RunDirectory directory = RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run));
            StudyDefinition study = StudyFile.Read(directory.Study, [], requireFiles: false);
            IReadOnlyList<string> names = study.ObjectiveNames;
            var front = FrontReport.Of(
                study,
                TrialReader.Read(directory.Path, Terminal.Error.WriteLine),
                parsed.GetValue(role) is { } word ? Enum.Parse<DataRole>(word, ignoreCase: true) : null,
                [.. parsed.GetValue(prefer)?.Split(',').Select(part => Preference(part)!.Value) ?? []]);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        directory.RunId,
                        Role = YamlText.Word(front.Role),
                        front.Scored,
                        Objectives = names,
                        front.Reference,
                        front.Hypervolume,
                        Front = front.Front.Select(trial => new { TrialId = trial.Id, trial.Objectives, Marks = front.Marks(trial, names), trial.Coefficients }),
                    },
                    Json));
                return;
            }

            Table table = new Table().Border(TableBorder.Simple);
            table.AddColumn(new TableColumn("trial").RightAligned());
            foreach (string name in names)
            {
                table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
            }

            table.AddColumn("");
            foreach (Trial trial in front.Front)
            {
                table.AddRow([$"{trial.Id}", .. trial.Objectives.Select(Number), Markup.Escape(string.Join(", ", front.Marks(trial, names)))]);
            }

            Terminal.Tables.Write(table);
            Terminal.Out.WriteLine($"front     {front.Front.Count} of the {front.Scored} candidates scored on {YamlText.Word(front.Role)} data");
            Terminal.Out.WriteLine($"volume    {Number(front.Hypervolume)} below ({string.Join(", ", front.Reference.Select(Number))}), the worst of each objective among them");
            Terminal.Out.WriteLine($"export    search export {directory.RunId} --trial {(front.Preferred ?? front.Compromise).Id} -o DIR");
        });
        return command;
    }

    private static KeyValuePair<string, double>? Preference(string part) =>
        part.LastIndexOf('=') is > 0 and int at && double.TryParse(part[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
            ? KeyValuePair.Create(part[..at].Trim(), weight)
            : null;

    private static string Number(double value) => value.ToString("0.000000", CultureInfo.InvariantCulture);
}
