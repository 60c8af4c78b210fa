using System.CommandLine;
using System.Diagnostics;
using Search.Controller;
using Search.Merging;

namespace Search.Cli.Commands;

internal static class MergeCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("RECIPE") { Description = "The recipe file." };
        var output = new Option<string>("-o", "--output") { Description = "The folder to write.", HelpName = "DIR", Required = true };
        var command = new Command("merge", "Merge once, without a search, streaming from the checkpoint files.\n\nExample: search merge experiments/quickstart/uniform.yaml -o merged") { file, output };
        command.SetAction(parsed =>
        {
            long start = Stopwatch.GetTimestamp();
            Recipe recipe = RecipeFile.Read(parsed.GetRequiredValue(file));
            using ModelFamily family = ModelFamily.Of(recipe.Base, recipe.Experts, recipe.Private, recipe.Filter);
            string folder = Path.GetFullPath(parsed.GetRequiredValue(output));
            var metadata = new Dictionary<string, string> { ["format"] = "pt", ["search.recipe"] = Path.GetFileName(parsed.GetRequiredValue(file)) };
            IReadOnlyList<string> files = ModelExport.Write(folder, family, recipe.Decide(family, note => Terminal.Error.WriteLine($"note      {note}")), recipe.Type, metadata);
            Terminal.Out.WriteLine($"{family.Shared.Count - family.IsKept.Count(kept => kept)} tensors merged from {family.Experts.Count} experts in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s: {string.Join(", ", files.Select(name => Path.Combine(folder, name)))}");
        });
        return command;
    }
}
