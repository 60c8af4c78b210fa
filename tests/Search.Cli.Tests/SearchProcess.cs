using System.Diagnostics;

namespace Search.Cli.Tests;

/// <summary>The command line, run as people run it: in a process of its own.</summary>
internal sealed record SearchProcess(int ExitCode, string Output, string Error)
{
    public static SearchProcess Run(params string[] arguments) => RunWith(new Dictionary<string, string>(), arguments);

    public static SearchProcess RunWith(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        using Process process = Start(variables, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Assert.That(process.WaitForExit(120_000), "the process must end");
        return new SearchProcess(process.ExitCode, output.Result, error.Result);
    }

    public static Process Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    private static Process Start(IReadOnlyDictionary<string, string> variables, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        // What run-search.sh sets for people is not part of the tests.
        start.Environment.Remove("SEARCH_COMMAND");
        start.Environment.Remove("SEARCH_RESULTS");
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "search.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
