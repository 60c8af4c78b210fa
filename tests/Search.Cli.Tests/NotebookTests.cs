using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Search.Cli.Tests;

/// <summary>The notebooks, executed from the first cell to the last on the runs that are committed for them.</summary>
public sealed class NotebookTests
{
    private const string Python = "/usr/bin/python3";

    [TestCase("pareto.ipynb")]
    [TestCase("sweep.ipynb")]
    public void Execute_Notebook_EveryCellRunsAndWhatIsPrintedIsWhatIsCommitted(string name)
    {
        if (!File.Exists(Python) || Run(Python, ["-c", "import ipykernel, matplotlib, nbconvert, pandas, scipy"]).ExitCode != 0)
        {
            Assert.Ignore("Debian's python3-nbconvert, python3-ipykernel, python3-pandas, python3-matplotlib or python3-scipy is missing");
        }

        string folder = Path.Combine(Folder(), "../../experiments/notebooks");
        using var scratch = new Scratch();
        (int exitCode, string error) = Run(Python, ["-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", scratch.Path, Path.Combine(folder, name)]);
        Assert.That(exitCode, Is.Zero, error);
        string[] executed = [.. Texts(Path.Combine(scratch.Path, name))];
        Assert.That(executed, Has.Length.GreaterThan(5));
        Assert.That(executed, Is.EqualTo(Texts(Path.Combine(folder, name))), "the notebook was not executed again after a change: jupyter nbconvert --to notebook --execute --inplace");
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    // What cells print or show as text. Pictures depend on fonts, and what an export scores in its last digits on the machine.
    private static IEnumerable<string> Texts(string path)
    {
        using JsonDocument notebook = JsonDocument.Parse(File.ReadAllText(path));
        static string Joined(JsonElement text) => text.ValueKind == JsonValueKind.Array ? string.Concat(text.EnumerateArray().Select(line => line.GetString())) : text.GetString()!;
        return
        [
            .. notebook.RootElement.GetProperty("cells").EnumerateArray()
                .Where(cell => cell.TryGetProperty("outputs", out _))
                .SelectMany(cell => cell.GetProperty("outputs").EnumerateArray())
                .Select(output => output.TryGetProperty("text", out JsonElement text) ? Joined(text)
                    : output.TryGetProperty("data", out JsonElement data) && data.TryGetProperty("text/plain", out JsonElement plain) && !data.TryGetProperty("image/png", out _) ? Joined(plain)
                    : output.GetProperty("output_type").GetString() + " with a picture")
                .Select(text => text.StartsWith("trial ", StringComparison.Ordinal) ? text[..text.IndexOf("read back", StringComparison.Ordinal)] : text),
        ];
    }

    private static (int ExitCode, string Error) Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["SEARCH_COMMAND"] = $"dotnet exec '{Path.Combine(AppContext.BaseDirectory, "search.dll")}'";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error + output.Result);
    }

    private sealed class Scratch : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("search notebook ").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
