using System.CommandLine;
using System.Diagnostics;
using Search.Checkpoints;
using Search.Controller;
using Search.Merging;

namespace Search.Cli.Commands;

internal static class MergeCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("RECIPE") { Description = "The recipe file." };
        var output = new Option<string>("-o", "--output") { Description = "The folder to write.", HelpName = "DIR", Required = true };
        Option<string?> cap = MemoryCap.Option();
        var command = new Command("merge", "Merge once, without a search, streaming from the checkpoint files.\n\nExample: search merge experiments/quickstart/uniform.yaml -o merged") { file, output, cap };
        command.SetAction(parsed =>
        {
            long start = Stopwatch.GetTimestamp();
            MemoryCap.Apply(parsed.GetValue(cap));
            Recipe recipe = RecipeFile.Read(parsed.GetRequiredValue(file));
            using ModelFamily family = ModelFamily.Of(recipe.Base, recipe.Experts, recipe.Private, recipe.Filter);
            string folder = Path.GetFullPath(parsed.GetRequiredValue(output));
            var metadata = new Dictionary<string, string> { ["format"] = "pt", ["search.recipe"] = Path.GetFileName(parsed.GetRequiredValue(file)) };
            IReadOnlyList<string> files;
            try
            {
                files = ModelExport.Write(folder, family, recipe.Decide(family, note => Terminal.Error.WriteLine($"note      {note}")), recipe.Type, metadata);
            }
            catch (OutOfMemoryException exception)
            {
                TensorInfo largest = family.Shared.MaxBy(tensor => tensor.ElementCount)!;
                throw new SearchException(
                    $"{parsed.GetValue(cap) ?? "the memory there is"}: is not enough for operator {recipe.Operator.Name}, which needs whole tensors of every expert at once; the largest, '{largest.Name}', has {largest.ElementCount} elements.",
                    exception);
            }

            using Process process = Process.GetCurrentProcess();
            Terminal.Out.WriteLine($"{family.Shared.Count - family.IsKept.Count(kept => kept)} tensors merged from {family.Experts.Count} experts in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s and {process.PeakWorkingSet64 / 1e6:0} MB of memory: {string.Join(", ", files.Select(name => Path.Combine(folder, name)))}");
        });
        return command;
    }
}
