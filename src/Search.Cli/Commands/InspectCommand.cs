using System.CommandLine;
using System.Globalization;
using Search.Checkpoints;
using Search.Merging;
using Spectre.Console;

namespace Search.Cli.Commands;

internal static class InspectCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "A checkpoint (.safetensors, .index.json, a folder) or a graph (.onnx); with --pair a base and its experts.", Arity = ArgumentArity.OneOrMore };
        var pair = new PairInspection();
        var command = new Command(
            "inspect",
            "List the tensors of a checkpoint with the kind of module that each is of, or the inputs, outputs, operators and weights of a graph; with --pair, compare experts by what they changed in their base: norms, cosines, "
            + "sign conflicts, overlap.\n\nExample: search inspect experiments/quickstart/zoo/vit.onnx\nExample: search inspect --pair base.safetensors math.safetensors code.safetensors --private '^head'")
        {
            files,
        };
        foreach (Option option in pair.Options)
        {
            command.Add(option);
        }

        command.Validators.Add(result => pair.Validate(result, result.GetResult(files)?.Tokens.Count ?? 0));
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(files)[0];
            if (pair.IsAsked(parsed))
            {
                pair.Run(parsed, parsed.GetRequiredValue(files));
            }
            else if (path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            {
                ShowGraph(GraphSummary.Read(path));
            }
            else
            {
                using Checkpoint checkpoint = Checkpoint.Open(path);
                ShowTensors(checkpoint.Tensors.Select(tensor => (tensor.Name, tensor.Type.ToString(), tensor.Shape)));
                foreach ((string key, string value) in checkpoint.Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    Terminal.Out.WriteLine($"{key}: {value}");
                }
            }
        });
        return command;
    }

    private static void ShowGraph(GraphSummary graph)
    {
        Terminal.Out.WriteLine($"producer   {graph.Producer}; {string.Join(", ", graph.Opsets)}");
        Terminal.Out.WriteLine($"inputs     {string.Join("; ", graph.Inputs)}");
        Terminal.Out.WriteLine($"outputs    {string.Join("; ", graph.Outputs)}");
        Terminal.Out.WriteLine($"operators  {string.Join(", ", graph.Operators.Select(count => $"{count.Key} {count.Value}"))}");
        ShowTensors(graph.Initializers);
    }

    private static void ShowTensors(IEnumerable<(string Name, string Type, IReadOnlyList<long> Shape)> tensors)
    {
        var kinds = new TensorKinds([]);
        Table table = new Table().Border(TableBorder.Simple).AddColumns("tensor", "kind", "type", "shape").AddColumn(new TableColumn("elements").RightAligned());
        int count = 0;
        long elements = 0;
        foreach ((string name, string type, IReadOnlyList<long> shape) in tensors)
        {
            long size = shape.Aggregate(1L, (product, dimension) => product * dimension);
            table.AddRow(Markup.Escape(name), kinds.Name(name), type, Markup.Escape($"[{string.Join(", ", shape)}]"), Number(size));
            count++;
            elements += size;
        }

        Terminal.Tables.Write(table);
        Terminal.Out.WriteLine($"{count} tensors, {Number(elements)} elements");
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
