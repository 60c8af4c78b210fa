using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Search.Native;

namespace Search.Evaluation.Command;

/// <summary>Runs a program in a session of its own, so that whatever it starts ends with it.</summary>
internal static class CommandProcess
{
    private const int OutputLimit = 1 << 20;
    private const int ErrorLimit = 1 << 12;
    private const int LastLines = 8;
    private const int GraceMs = 2000; // for who holds the pipes and has left the session

    // The program runs beside a watcher that waits for the end of standard input, which comes when this process is gone, and then ends the group.
    private const string Script = "exec 3<&0; \"$@\" 3<&- </dev/null & c=$!; { cat <&3; kill -9 0; } >/dev/null 2>&1 & exec 3<&-; wait $c";

    /// <summary>Runs a program to its end.</summary>
    /// <param name="arguments">The program and its arguments.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="variables">What its environment has beside this process's.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The last megabyte that it printed.</returns>
    /// <exception cref="EvaluationException">It took too long or ended with another code than 0; the message has its last lines of standard error.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="SearchException">This machine has no setsid.</exception>
    public static OutputTail Run(IReadOnlyList<string> arguments, string folder, IEnumerable<KeyValuePair<string, string>> variables, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", Script, "sh", .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Start(start);
        var output = new OutputTail(OutputLimit);
        var error = new OutputTail(ErrorLimit);
        Task[] readers = [output.ReadAsync(process.StandardOutput.BaseStream), error.ReadAsync(process.StandardError.BaseStream)];
        using var timer = new CancellationTokenSource(timeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            process.WaitForExitAsync(either.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new EvaluationException(string.Create(CultureInfo.InvariantCulture, $"{arguments[0]} took longer than {timeout.TotalSeconds} s{LastWords(error)}"));
        }
        finally
        {
            ProcessGroup.End(process.Id);
            process.WaitForExit();
            Task.WaitAll(readers, GraceMs, CancellationToken.None);
        }

        return process.ExitCode == 0
            ? output
            : throw new EvaluationException($"{arguments[0]} ended with code {process.ExitCode}{(process.ExitCode > 128 ? $", signal {process.ExitCode - 128}" : "")}{LastWords(error)}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new SearchException($"engine command starts programs with setsid, in {start.WorkingDirectory}: {exception.Message}", exception);
        }
    }

    private static string LastWords(OutputTail error)
    {
        string[] lines = [.. error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(LastLines)];
        return lines.Length == 0 ? ", with nothing on standard error" : $": {string.Join(" / ", lines)}";
    }
}
