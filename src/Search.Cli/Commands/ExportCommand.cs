using System.CommandLine;
using System.Globalization;
using Search.Cli.Export;
using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Storage;

namespace Search.Cli.Commands;

internal static class ExportCommand
{
    private const double LeastShard = 1 << 10;

    public static Command Create()
    {
        Argument<string> run = ResultsFolder.Run();
        var trialId = new Option<long?>("--trial") { Description = "The trial to export.", HelpName = "ID" };
        var best = new Option<bool>("--best") { Description = "The winner, which is the default." };
        var pick = new Option<string>("--pick") { Description = "Of a front: knee, compromise, preferred (with --prefer), or an objective or task, for what is best in it.", HelpName = "WHICH" };
        var wanted = new FrontOptions();
        var output = new Option<string>("-o", "--output") { Description = "The folder to write.", HelpName = "DIR", Required = true };
        var type = new Option<string>("--dtype") { Description = "The element type of merged tensors.", DefaultValueFactory = _ => "float32" };
        type.AcceptOnlyFromAmong([.. RecipeFile.TypeNames]);
        var shard = new Option<string>("--shard-size") { Description = "The most bytes a safetensors file, such as 4G; the model is split where it has more.", HelpName = "SIZE" };
        var graph = new Option<bool>("--onnx") { Description = "Write the graph too, with the merged weights in it: onnx/, a file an expert where each has tensors of its own." };
        Option<string> results = ResultsFolder.Option();
        var command = new Command(
            "export",
            "Write a trial's merged model as safetensors, with a model card and, where it can say the same, mergekit's configuration; read it back and score it again.\n\n"
            + "Example: search export two-tasks --pick knee --floor digits=0.8 --dtype bfloat16 -o merged")
        {
            run, trialId, best, pick, output, type, shard, graph, results,
        };
        wanted.AddTo(command);
        command.Validators.Add(result =>
        {
            if (new Option[] { trialId, best, pick }.Count(option => result.GetResult(option) is { Implicit: false }) > 1)
            {
                result.AddError("--trial, --best and --pick each say which trial is meant; give one of them.");
            }

            if (result.GetResult(pick) is null && wanted.Given(result) is { } without)
            {
                result.AddError($"{without} says what is wanted of a front, and goes with --pick.");
            }
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            RunDirectory directory = RunDirectory.Find(parsed.GetRequiredValue(results), parsed.GetRequiredValue(run));
            RunManifest.Read(directory).CheckInputs(directory);
            StudyDefinition study = StudyFile.Read(directory.Study, []);
            var ledger = LedgerBrief.Read(directory.Path, Terminal.Error.WriteLine, study);
            long? id = parsed.GetValue(pick) is { } which ? Picked(study, ledger, wanted.Read(parsed), which) : parsed.GetValue(trialId);
            IReadOnlyList<Trial> trials = id is { } asked ? TrialReader.Read(directory.Path, [asked]) : ledger.Trials;
            Trial? trial = id is null ? StudySummary.SearchedWinner(StudyConstraint.Kept(study, trials)) : trials.FirstOrDefault(trial => trial.Id == id && trial.Role == DataRole.Search);
            if (trial is null || trial.State != TrialState.Complete)
            {
                throw new SearchException(id is null ? $"{directory.Path}: no candidate has been scored yet, so there is none to export."
                    : trial is null ? $"{directory.Path}: there is no trial {id}." : $"{directory.Path}: trial {id} {(trial.State == TrialState.Pruned ? "was not scored to the end" : "failed")} ({trial.Reason}), so there is nothing to export.");
            }

            var options = new ExportOptions(Path.GetFullPath(parsed.GetRequiredValue(output)), RecipeFile.TypeOf(parsed.GetRequiredValue(type)))
            {
                ShardBytes = parsed.GetValue(shard) is { } size ? ShardBytes(size) : long.MaxValue,
                WithGraph = parsed.GetValue(graph),
            };
            using StudySession session = StudySession.Open(study);
            IReadOnlyList<double> objectives = VerifiedExport.Write(session, directory, trial, trials, options, cancellationToken);
            Terminal.Out.WriteLine($"trial {trial.Id} written to {options.Folder}; read back it scores {Numbers(objectives)}, the ledger says {Numbers(trial.Objectives)}");
            return ExitCodes.Ok;
        }, cancellationToken));
        return command;
    }

    private static long Picked(StudyDefinition study, LedgerBrief ledger, FrontQuery query, string which)
    {
        var front = FrontReport.Of(study, ledger.Trials, query, ledger.Scored);
        return (which switch
        {
            "knee" => front.Knee ?? throw new SearchException($"--pick knee: the front has {front.Front.Count} candidates, and a knee lies between two others."),
            "compromise" => front.Compromise,
            "preferred" => front.Preferred ?? throw new SearchException("--pick preferred: --prefer says what is preferred."),
            _ => front.BestOf(study, which),
        }).Id;
    }

    private static long ShardBytes(string size) => ByteSize.Parse("--shard-size", size) is >= LeastShard and var bytes
        ? (long)Math.Min(bytes, long.MaxValue / 2)
        : throw new SearchException($"--shard-size: must be at least {LeastShard} bytes, got '{size}'.");

    private static string Numbers(IEnumerable<double> values) => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}
