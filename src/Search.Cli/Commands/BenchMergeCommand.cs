using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Search.Checkpoints;
using Search.Cli.Rendering;
using Search.Evaluation;
using Spectre.Console;

namespace Search.Cli.Commands;

internal static class BenchMergeCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create()
    {
        var parameters = new Option<double>("--params") { Description = "About how many parameters the model has; at least 4.1 million.", DefaultValueFactory = _ => 20e6, HelpName = "N" };
        var experts = new Option<int>("--experts") { Description = "How many experts.", DefaultValueFactory = _ => 8, HelpName = "K" };
        var storage = new Option<string>("--dtype") { Description = "What checkpoints hold and vectors are stored as; beside float32 where it is another.", DefaultValueFactory = _ => "f32" };
        storage.AcceptOnlyFromAmong("f32", "bf16", "f16");
        var operators = new Option<string[]>("--operator")
        {
            Description = "Which operators, with settings as studies write them.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["task_arithmetic", "ties,variant=mergekit,density=0.2"],
            HelpName = "NAME[,KEY=VALUE…]",
        };
        var candidates = new Option<int>("--candidates") { Description = "Candidates made in one pass.", DefaultValueFactory = _ => 16, HelpName = "P" };
        var threads = new Option<int>("--threads") { Description = "Threads; 0 for one a core.", HelpName = "N" };
        var repeats = new Option<int>("--repeats") { Description = "Rounds that are timed.", DefaultValueFactory = _ => 9, HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("merge", "Time merges of a model with random weights, and what else passes over its task vectors, beside the speed of a plain copy.\n\nExample: search bench merge --params 20e6 --experts 8 --dtype bf16")
        {
            parameters, experts, storage, operators, candidates, threads, repeats, json,
        };
        foreach (Option<int> positive in new[] { experts, candidates, repeats })
        {
            positive.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<int>() < 1)
                {
                    result.AddError($"{positive.Name} must be at least 1, got {result.GetValueOrDefault<int>()}.");
                }
            });
        }

        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            MergeTimes times = new MergeBenchmark
            {
                Parameters = (long)parsed.GetValue(parameters),
                Experts = parsed.GetValue(experts),
                Operators = parsed.GetRequiredValue(operators),
                Storage = Enum.Parse<TensorType>(parsed.GetValue(storage)!, ignoreCase: true),
                Candidates = parsed.GetValue(candidates),
                Repeats = parsed.GetValue(repeats),
                Threads = parsed.GetValue(threads),
            }.Run(cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(times, Json));
                return ExitCodes.Ok;
            }

            Console.Out.WriteLine($"model      {times.Parameters:N0} parameters, {times.Experts} experts, vectors in {times.Storage}");
            Console.Out.WriteLine($"machine    {times.Threads} threads, {times.VectorBits}-bit registers, {times.Runtime}");
            Console.Out.WriteLine($"copy       {times.CopyGigabytesPerSecond:0.0} GB/s, the roof");
            if (times.CandidateBytes is { } bytes)
            {
                Console.Out.WriteLine($"memory     {bytes / 1e6:0} MB more for one candidate: {bytes / (4.0 * times.Parameters):0.00} models in float32");
            }

            Terminal.Tables.Write(Table(times));
            return ExitCodes.Ok;
        }, cancellationToken));
        return command;
    }

    private static Table Table(MergeTimes times)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (string column in new[] { "candidates", "ms", "GB/s", "of the roof", "faster", "prepared in" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (MergeTime time in times.Cases)
        {
            string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
            table.AddRow(
                Markup.Escape(time.Name),
                time.Candidates == 0 ? "" : Text($"{time.Candidates}"),
                Text($"{time.Milliseconds:0.0}"),
                Text($"{time.Gigabytes / time.Milliseconds * 1e3:0.0}"),
                Text($"{time.Roof:0.00}"),
                time.Speedup is { } speedup ? Text($"{speedup:0.00} × {time.Than}") : "",
                time.PreparationSeconds is { } seconds ? Text($"{seconds:0.0} s") : "");
        }

        return table;
    }
}
