using System.CommandLine;

namespace Search.Cli;

/// <summary>Where runs are kept: <c>--out</c>, else the environment's SEARCH_RESULTS, else <c>results</c> in the current folder.</summary>
internal static class ResultsFolder
{
    public static Option<string> Option() => new("--out")
    {
        Description = "The results folder.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("SEARCH_RESULTS") is { Length: > 0 } folder ? folder : "results",
    };

    public static Argument<string> Run() => new("RUN") { Description = "A run: its folder, its name, or its study's name for the latest." };
}
