using System.CommandLine;
using System.Text.Json;
using Search.Evaluation;

namespace Search.Cli.Commands;

internal static class BenchCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create() => new("bench", "Measure this machine.") { BenchMergeCommand.Create(), CreateStep(), BenchStrategiesCommand.Create() };

    private static Command CreateStep()
    {
        var model = new Option<string>("--model") { Description = "stack: 1024 × 1024 linear layers; vit: a ViT-B/32 with 87 million parameters.", DefaultValueFactory = _ => "stack", HelpName = "MODEL" };
        model.AcceptOnlyFromAmong("stack", "vit");
        var parameters = new Option<double>("--params") { Description = "About how many parameters the stack has.", DefaultValueFactory = _ => 20e6, HelpName = "N" };
        var experts = new Option<int>("--experts") { Description = "How many experts, each with a task.", DefaultValueFactory = _ => 8, HelpName = "K" };
        var rows = new Option<int>("--rows") { Description = "Examples of each task a step.", DefaultValueFactory = _ => 16, HelpName = "N" };
        var repeats = new Option<int>("--repeats") { Description = "Steps that are timed.", DefaultValueFactory = _ => 9, HelpName = "N" };
        var threads = new Option<int>("--threads") { Description = "Compute threads; 0 for one a core.", HelpName = "N" };
        var device = new Option<string>("--device") { Description = "auto, cpu, cuda or cuda:i.", DefaultValueFactory = _ => "auto", HelpName = "DEVICE" };
        var vectors = new Option<string>("--vectors") { Description = "Where the task vectors are: host, or on the device as float32, bfloat16 or float16; auto: float32 on a CUDA device.", DefaultValueFactory = _ => "auto", HelpName = "PLACE" };
        vectors.AcceptOnlyFromAmong("auto", "host", "float32", "bfloat16", "float16");
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("step", "Time a gradient step and its parts on a model with random weights, beside the speed of a plain copy.\n\nExample: search bench step --params 20e6 --experts 8 --json")
        {
            model, parameters, experts, rows, repeats, threads, device, vectors, json,
        };
        foreach (Option<int> positive in new[] { experts, rows, repeats })
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
            StepTimes times = new StepBenchmark
            {
                Parameters = parsed.GetValue(model) == "vit" ? null : (long)parsed.GetValue(parameters),
                Experts = parsed.GetValue(experts),
                Rows = parsed.GetValue(rows),
                Repeats = parsed.GetValue(repeats),
                Threads = parsed.GetValue(threads),
                Device = parsed.GetValue(device)!,
                Vectors = parsed.GetValue(vectors)!,
            }.Run(cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(times, Json));
                return ExitCodes.Ok;
            }

            Console.Out.WriteLine($"model      {times.Parameters:N0} parameters, {times.Experts} experts, {times.Rows} examples a task, libtorch {times.Version} on {times.Device}");
            Console.Out.WriteLine($"copy       {times.CopyGigabytesPerSecond,8:0.0} GB/s, the roof");
            Console.Out.WriteLine($"merge      {times.MergeMs,8:0.0} ms   {times.MergeRoof:0.00} of the roof");
            Console.Out.WriteLine($"forward    {times.ForwardMs,8:0.0} ms");
            Console.Out.WriteLine($"objective  {times.ObjectiveMs,8:0.0} ms");
            Console.Out.WriteLine($"backward   {times.BackwardMs,8:0.0} ms");
            Console.Out.WriteLine($"dots       {times.DotsMs,8:0.0} ms   {times.DotsRoof:0.00} of the roof");
            Console.Out.WriteLine($"step       {times.StepMs,8:0.0} ms");
            Console.Out.WriteLine($"memory     {times.PeakBytes / 1e6,8:0} MB   {times.PeakBytes / (4.0 * times.Parameters):0.0} models in float32");
            if (times.PeakDeviceBytes >= 0)
            {
                Console.Out.WriteLine($"on device  {times.PeakDeviceBytes / 1e6,8:0} MB");
            }

            return ExitCodes.Ok;
        }, cancellationToken));
        return command;
    }
}
