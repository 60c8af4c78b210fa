using System.CommandLine;
using Search.Cli.Rendering;
using Search.Cli.Sweeps;
using Search.Controller;

namespace Search.Cli.Commands;

internal static class SweepCommand
{
    public static Command Create()
    {
        var sweep = new Argument<string>("SWEEP") { Description = "The sweep file; with --status also a sweep's folder or name." };
        var jobs = new Option<int>("--jobs") { Description = "How many studies run at once; the cores are divided among them.", HelpName = "N", DefaultValueFactory = _ => 1 };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--jobs must be at least 1.");
            }
        });
        var status = new Option<bool>("--status") { Description = "Only show what there is; works while it runs." };
        var json = new Option<bool>("--json") { Description = "Print the leaderboard as one JSON object." };
        var csv = new Option<bool>("--csv") { Description = "Print the leaderboard as CSV." };
        Option<string> results = ResultsFolder.Option();
        var command = new Command(
            "sweep",
            "Run the studies of a sweep: a grid, a list, random draws of any settings. What is done is skipped, what was stopped goes on, what failed is tried again.\n\nExample: search sweep experiments/sweep/sweep.yaml --jobs 2")
        {
            sweep, jobs, status, json, csv, results,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string path = parsed.GetRequiredValue(sweep);
            string root = parsed.GetRequiredValue(results);
            SweepFolder folder;
            try
            {
                folder = parsed.GetValue(status) ? Find(root, path) : await SweepRun.RunAsync(SweepFile.Read(path), root, parsed.GetValue(jobs), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Terminal.Error.WriteLine($"Stopped. Everything finished is recorded; continue with: {Terminal.Command("sweep", path)}");
                throw;
            }

            var board = new Leaderboard(folder);
            if (parsed.GetValue(json))
            {
                board.PrintJson();
            }
            else if (parsed.GetValue(csv))
            {
                board.PrintCsv();
            }
            else
            {
                board.Print();
            }

            return board.IsDone || parsed.GetValue(status) ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return command;
    }

    private static SweepFolder Find(string results, string path) => SweepFolder.Find(results, File.Exists(path) ? SweepFile.Read(path).Name : path)
        ?? throw new SearchException($"there is no sweep '{path}' in {Path.GetFullPath(results)}; 'search sweep FILE' starts one.");
}
