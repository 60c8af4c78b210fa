using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Search.Cli.Rendering;
using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Storage;
using Spectre.Console;

namespace Search.Cli.Commands;

internal static class TrustCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        var trials = new Option<int>("--trials") { Description = "How many trials to use at most, spread evenly over the objective's range.", HelpName = "N", DefaultValueFactory = _ => 60 };
        var bootstrap = new Option<int>("--bootstrap") { Description = "How many resamples the intervals are made of.", HelpName = "B", DefaultValueFactory = _ => 1000 };
        foreach ((Option<int> option, int least) in new[] { (trials, 3), (bootstrap, 1) })
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens is [.., { } token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int value) && value < least)
                {
                    result.AddError($"{option.Name} must be a whole number of at least {least}.");
                }
            });
        }

        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        Option<string> results = ResultsFolder.Option();
        var command = new Command(
            "trust",
            "Tell how well each label-free score orders a run's trials by report accuracy. Trials without a score or a report row are evaluated now; the ledger stays as it is.\n\nExample: search trust quickstart --trials 40")
        {
            run, trials, bootstrap, json, results,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            RunDirectory directory = RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run));
            RunManifest manifest = RunManifest.Read(directory);
            manifest.CheckInputs(directory);
            StudyDefinition study = StudyFile.Read(directory.Study, []);
            if (study.Evaluator.Command is not null)
            {
                throw new SearchException($"run {directory.RunId} was scored by a command, whose scores have no label-free ones beside them to rank.");
            }

            if (!study.Tasks.Any(task => task.Roles.Contains(DataRole.Report)))
            {
                throw new SearchException($"{directory.Path}: no task has report data, so there is no accuracy to compare scores with.");
            }

            IReadOnlyList<Trial> chosen = StudyTrust.Choose(directory, parsed.GetValue(trials));
            using StudySession session = StudySession.Open(study);
            StudyTrust trust = ProgressDisplay.Show(progress => StudyTrust.Measure(session, chosen, progress, cancellationToken));
            int resamples = parsed.GetValue(bootstrap);
            IReadOnlyList<ScoreTrust> rows = ScoreTrust.Of(trust.Trials, trust.Scores, trust.Tasks, resamples, study.Seed);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        manifest.RunId,
                        manifest.Study,
                        Trials = trust.Trials.Select(trial => trial.Search.Id),
                        trust.Evaluated,
                        Bootstrap = resamples,
                        study.Seed,
                        Scores = rows.Select(row => new { row.Score, row.Task, Spearman = Describe(row.Spearman), Kendall = Describe(row.Kendall) }),
                    },
                    Json));
                return ExitCodes.Ok;
            }

            Terminal.Tables.Write(Lay(study, trust, rows));
            Terminal.Out.WriteLine("rank correlation of −score on search data with accuracy on report data: 1 orders trials as accuracy does, 0 tells nothing, −1 misleads");
            Terminal.Out.WriteLine($"{trust.Trials.Count} trials ({trust.Trials.Count(trial => trial.Search.Strategy == Reference.Strategy)} with one λ), {trust.Evaluated} evaluations made now and not recorded; [95 % percentile interval of {resamples} bootstrap resamples of trials]");
            return ExitCodes.Ok;
        }, cancellationToken));
        return command;
    }

    private static Table Lay(StudyDefinition study, StudyTrust trust, IReadOnlyList<ScoreTrust> rows)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns(Markup.Escape(study.Name), "");
        foreach (string column in trust.Tasks.Prepend("mean"))
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned());
        }

        foreach (IGrouping<string, ScoreTrust> score in rows.GroupBy(row => row.Score))
        {
            table.AddRow([Markup.Escape(score.Key), "Spearman ρ", .. score.Select(row => Format(row.Spearman))]);
            table.AddRow(["", "Kendall τ", .. score.Select(row => Format(row.Kendall))]);
        }

        return table;
    }

    private static string Format(Correlation correlation) => double.IsNaN(correlation.Value)
        ? "–"
        : Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{correlation.Value:0.00} [{correlation.Low:0.00}, {correlation.High:0.00}]"));

    // JSON has no NaN.
    private static object Describe(Correlation correlation)
    {
        static double? Known(double value) => double.IsNaN(value) ? null : value;
        return new { Value = Known(correlation.Value), Low = Known(correlation.Low), High = Known(correlation.High) };
    }
}
