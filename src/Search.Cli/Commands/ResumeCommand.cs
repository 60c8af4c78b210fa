using System.CommandLine;
using Search.Controller;
using Search.Results;

namespace Search.Cli.Commands;

internal static class ResumeCommand
{
    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        Option<string> results = ResultsFolder.Option();
        Option<bool> stop = EndOfInput.Option();
        var evaluations = new Option<long?>("--evaluations") { Description = "A larger budget of evaluations than the run has; it goes on as if it had had it from the start.", HelpName = "N" };
        var time = new Option<string?>("--time") { Description = "A larger budget of time in trials than the run has.", HelpName = "T" };
        var force = new Option<bool>("--force") { Description = "Go on even though input files or the engine are not those the run began with; scores before and after may then not be comparable." };
        var command = new Command("resume", "Go on with a run that was stopped, killed or is to have a larger budget; what its ledger holds is not evaluated again.\n\nExample: search resume quickstart --evaluations 1000")
        {
            run, evaluations, time, force, results, stop,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            TimeSpan? duration = parsed.GetValue(time) is { } text
                ? StudyFile.Duration(text) ?? throw new SearchException($"--time must be a duration such as 90s, 30m, 2h or 1d, got '{text}'.")
                : null;
            return StudyRun.Resume(
                RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run)), new RunBudget(parsed.GetValue(evaluations), duration), parsed.GetValue(force), EndOfInput.Watch(parsed.GetValue(stop), cancellationToken));
        }));
        return command;
    }
}
