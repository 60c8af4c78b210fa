using System.CommandLine;
using System.Globalization;
using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Storage;

namespace Search.Cli.Commands;

internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        var trialId = new Option<long?>("--trial") { Description = "The trial to export; the winner by default.", HelpName = "ID" };
        var output = new Option<string>("-o", "--output") { Description = "The folder to write.", HelpName = "DIR", Required = true };
        var type = new Option<string>("--dtype") { Description = "The element type of merged tensors.", DefaultValueFactory = _ => "float32" };
        type.AcceptOnlyFromAmong([.. RecipeFile.TypeNames]);
        Option<string> results = ResultsFolder.Option();
        var command = new Command("export", "Write a trial's merged model as safetensors, read it back and score it again.\n\nExample: search export quickstart -o merged") { run, trialId, output, type, results };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            RunDirectory directory = RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run));
            RunManifest.Read(directory).CheckInputs(directory);
            IReadOnlyList<Trial> trials = TrialReader.Read(directory.Path, Terminal.Error.WriteLine);
            long? id = parsed.GetValue(trialId);
            Trial? trial = id is null ? StudySummary.SearchedWinner(trials) : trials.FirstOrDefault(trial => trial.Id == id && trial.Role == DataRole.Search);
            if (trial is null || trial.State != TrialState.Complete)
            {
                throw new SearchException(id is null ? $"{directory.Path}: no candidate has been scored yet, so there is none to export."
                    : trial is null ? $"{directory.Path}: there is no trial {id}." : $"{directory.Path}: trial {id} failed ({trial.Reason}), so there is nothing to export.");
            }

            using StudySession session = StudySession.Open(StudyFile.Read(directory.Study, []));
            string folder = Path.GetFullPath(parsed.GetRequiredValue(output));
            IReadOnlyList<double> objectives = VerifiedExport.Write(session, directory, trial, folder, RecipeFile.TypeOf(parsed.GetRequiredValue(type)), cancellationToken);
            Terminal.Out.WriteLine($"trial {trial.Id} written to {folder}; read back it scores {Numbers(objectives)}, the ledger says {Numbers(trial.Objectives)}");
            return ExitCodes.Ok;
        }, cancellationToken));
        return command;
    }

    private static string Numbers(IEnumerable<double> values) => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}
