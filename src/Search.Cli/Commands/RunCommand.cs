using System.CommandLine;
using Search.Controller;

namespace Search.Cli.Commands;

internal static class RunCommand
{
    public static Command Create()
    {
        var study = new Argument<string>("STUDY") { Description = "The study file." };
        var set = new Option<string[]>("--set") { Description = "Replace a setting of the study; may be repeated.", HelpName = "KEY=VALUE" };
        var runId = new Option<string?>("--run-id") { Description = "The run's name; made of the time by default.", HelpName = "NAME" };
        Option<string> results = ResultsFolder.Option();
        Option<bool> stop = EndOfInput.Option();
        var command = new Command("run", "Search the merge coefficients of a study.\n\nExample: search run experiments/quickstart/study.yaml --set budget.evaluations=100 --set seed=2")
        {
            study, set, runId, results, stop,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() => StudyRun.Start(
            StudyFile.Read(parsed.GetRequiredValue(study), parsed.GetValue(set) ?? []), parsed.GetRequiredValue(results), parsed.GetValue(runId), EndOfInput.Watch(parsed.GetValue(stop), cancellationToken))));
        return command;
    }
}
