using System.CommandLine;
using System.Globalization;
using Search.Checkpoints;
using Spectre.Console;

namespace Search.Cli.Commands;

internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A checkpoint (.safetensors, .index.json, a folder) or a graph (.onnx)." };
        var command = new Command("inspect", "List the tensors of a checkpoint, or the inputs, outputs, operators and weights of a graph.\n\nExample: search inspect experiments/quickstart/zoo/vit.onnx") { file };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file);
            using Checkpoint checkpoint = Checkpoint.Open(path);
            if (checkpoint is OnnxCheckpoint)
            {
                GraphSummary graph = GraphSummary.Read(path);
                Terminal.Out.WriteLine($"producer   {graph.Producer}; {string.Join(", ", graph.Opsets)}");
                Terminal.Out.WriteLine($"inputs     {string.Join("; ", graph.Inputs)}");
                Terminal.Out.WriteLine($"outputs    {string.Join("; ", graph.Outputs)}");
                Terminal.Out.WriteLine($"operators  {string.Join(", ", graph.Operators.Select(count => $"{count.Key} {count.Value}"))}");
            }

            Table table = new Table().Border(TableBorder.Simple).AddColumns("tensor", "type", "shape")
                .AddColumn(new TableColumn("elements").RightAligned()).AddColumn(new TableColumn("bytes").RightAligned());
            foreach (TensorInfo tensor in checkpoint.Tensors)
            {
                table.AddRow(Markup.Escape(tensor.Name), tensor.Type.ToString(), Markup.Escape(tensor.ShapeText), Count(tensor.ElementCount), Count(tensor.ByteLength));
            }

            Terminal.Tables.Write(table);
            Terminal.Out.WriteLine($"{checkpoint.Tensors.Count} tensors, {Count(checkpoint.Tensors.Sum(tensor => tensor.ElementCount))} elements, {Count(checkpoint.Tensors.Sum(tensor => tensor.ByteLength))} bytes");
            foreach ((string key, string value) in checkpoint.Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                Terminal.Out.WriteLine($"{key}: {value}");
            }
        });
        return command;
    }

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
