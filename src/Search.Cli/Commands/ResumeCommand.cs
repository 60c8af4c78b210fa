using System.CommandLine;
using Search.Results;

namespace Search.Cli.Commands;

internal static class ResumeCommand
{
    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        Option<string> results = ResultsFolder.Option();
        var command = new Command("resume", "Go on with a run that was stopped or killed; what its ledger holds is not evaluated again.\n\nExample: search resume quickstart")
        {
            run, results,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
            StudyRun.Resume(RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run)), cancellationToken)));
        return command;
    }
}
