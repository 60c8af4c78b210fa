using System.CommandLine;
using Search.Results;

namespace Search.Cli.Commands;

internal static class ResumeCommand
{
    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        Option<string> results = ResultsFolder.Option();
        Option<bool> stop = EndOfInput.Option();
        var force = new Option<bool>("--force") { Description = "Go on even though the engine or its version is not the one the run began with; scores may then differ in their last bits." };
        var command = new Command("resume", "Go on with a run that was stopped or killed; what its ledger holds is not evaluated again.\n\nExample: search resume quickstart")
        {
            run, results, force, stop,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
            StudyRun.Resume(RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run)), parsed.GetValue(force), EndOfInput.Watch(parsed.GetValue(stop), cancellationToken))));
        return command;
    }
}
