using System.CommandLine;
using Search.Results;

namespace Search.Cli.Commands;

internal static class ResumeCommand
{
    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        Option<string> results = ResultsFolder.Option();
        var force = new Option<bool>("--force") { Description = "Go on even though inputs, engine or threads are not those the run began with; its scores are then no longer comparable bit for bit." };
        var command = new Command("resume", "Go on with a run that was stopped or killed; what its ledger holds is not evaluated again.\n\nExample: search resume quickstart")
        {
            run, results, force,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
            StudyRun.Resume(RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run)), parsed.GetValue(force), cancellationToken)));
        return command;
    }
}
