using System.CommandLine;
using System.Text.Json;
using Search.Cli.Rendering;
using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Storage;

namespace Search.Cli.Commands;

internal static class ShowCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        Option<string> results = ResultsFolder.Option();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("show", "Show what a run found beside what fixed recipes give; works while it runs.\n\nExample: search show quickstart --json") { run, results, json };
        command.SetAction(parsed =>
        {
            RunDirectory directory = RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run));
            RunManifest manifest = RunManifest.Read(directory);
            StudyDefinition study = StudyFile.Read(directory.Study, [], requireFiles: false);
            LedgerBrief ledger = LedgerBrief.Read(directory.Path, Terminal.Error.WriteLine, study);
            StudySummary summary = StudySummary.Of(study, ledger.Trials);
            string state = RunState.Of(directory, manifest);
            RaceCost? race = study.Racing is null ? null : RaceCost.Read(directory.Path);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        manifest.RunId,
                        manifest.Study,
                        State = state,
                        manifest.StopReason,
                        manifest.StrategyNotes,
                        StartRule = study.Merge.Initial.Rule?.Name,
                        Trials = ledger.Searched,
                        ledger.Failed,
                        Racing = race,
                        Objectives = study.ObjectiveNames,
                        Better = "lower",
                        Stopped = summary.StoppedTasks.ToDictionary(stopped => stopped.Task, stopped => stopped.Step),
                        Best = Describe(summary, summary.Winner),
                        Constraints = summary.Winner is null ? [] : StudyConstraint.Measured(study, summary.Trials, summary.Winner).Select(one => new { one.Bound.Quantity.Name, one.Value, one.Bound.Most }),
                        summary.Choice,
                        BestObserved = Describe(summary, summary.BestObserved),
                        Recommended = Describe(summary, summary.Recommended),
                        summary.Optimism,
                        Reference = new
                        {
                            Base = Describe(summary, summary.FindReference(Reference.Base)),
                            Experts = Experts(summary),
                            Uniform = Describe(summary, summary.FindReference(Reference.Uniform)),
                            SingleLambda = Describe(summary, summary.SingleLambda),
                            OracleLambda = Describe(summary, summary.OracleLambda is { } oracle ? summary.On(oracle, DataRole.Search) : null),
                        },
                    },
                    Json));
                return;
            }

            Terminal.Out.WriteLine($"run       {directory.Path}");
            Terminal.Out.WriteLine($"state     {state}{(manifest.StopReason is null ? "" : $": {manifest.StopReason}")}; {ledger.Searched} trials, {ledger.Failed} failed");
            Terminal.Out.WriteLine($"engine    {manifest.Engine}, {manifest.Threads} threads; seed {manifest.Seed}");
            if (race is not null)
            {
                Terminal.Out.WriteLine($"raced     {race}");
            }

            if (study.Merge.Initial.Rule is { } rule)
            {
                Terminal.Out.WriteLine($"start     by rule {rule.Name}");
            }

            Terminal.Tables.Write(StudyTable.Create(study, summary));
            foreach (string note in manifest.StrategyNotes)
            {
                Terminal.Out.WriteLine($"strategy  {note}");
            }

            foreach ((string task, int step) in summary.StoppedTasks)
            {
                Terminal.Out.WriteLine($"stopped   {task} at step {step}");
            }

            foreach ((string? reason, long count) in ledger.Failures)
            {
                Terminal.Out.WriteLine($"failed    {count} × {reason}");
            }
        });
        return command;
    }

    private static Dictionary<string, object?> Experts(StudySummary summary) => summary.Trials
        .Where(trial => trial.Role == DataRole.Search && trial.Label?.StartsWith(Reference.Expert(""), StringComparison.Ordinal) == true)
        .OrderBy(trial => trial.Id)
        .ToDictionary(trial => trial.Label![Reference.Expert("").Length..], trial => Describe(summary, trial));

    private static object? Describe(StudySummary summary, Trial? trial) => trial is null ? null : new
    {
        TrialId = trial.Id,
        trial.Label,
        trial.Objectives,
        trial.Scores,
        Report = summary.On(trial, DataRole.Report)?.Scores,
        trial.Coefficients,
    };
}
