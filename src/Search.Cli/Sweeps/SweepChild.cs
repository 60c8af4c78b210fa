using System.Diagnostics;
using System.Globalization;
using System.Text;
using Search.Results;

namespace Search.Cli.Sweeps;

/// <summary>One run of a sweep in a process of its own, so that a crash takes nothing else with it.</summary>
/// <param name="folder">The sweep's folder.</param>
/// <param name="runId">The run; its folder and <c>study.yaml</c> are there.</param>
/// <param name="cores">How many cores the process is to see.</param>
internal sealed class SweepChild(SweepFolder folder, string runId, int cores)
{
    private const string ErrorPrefix = "search: ";

    private readonly Lock _log = new();
    private string? _error;

    /// <summary>Starts or resumes the run and waits until its process has ended.</summary>
    /// <param name="hear">Gets each line that the process prints; may be called by several threads.</param>
    /// <param name="cancellationToken">Tells the process to stop; it is waited for all the same.</param>
    /// <returns>Its exit code, and why it failed where it did.</returns>
    public async Task<(int ExitCode, string? Failure)> RunAsync(Action<string> hear, CancellationToken cancellationToken)
    {
        RunDirectory run = folder.Run(runId);
        string[] arguments = File.Exists(run.Manifest)
            ? ["resume", run.Path]
            : ["run", run.Study, "--run-id", runId, "--out", Path.GetDirectoryName(folder.Path)!];
        await using FileStream? log = OpenLog();
        using Process process = Process.Start(Program([.. arguments, "--stop-with-input"]))!;

        // The process ends with its input: also when this one is killed, since the kernel then closes the pipe.
        await using CancellationTokenRegistration stop = cancellationToken.Register(process.StandardInput.Close);
        void Write(string line)
        {
            lock (_log)
            {
                Log(log, line);
                _error = line.StartsWith(ErrorPrefix, StringComparison.Ordinal) ? line[ErrorPrefix.Length..] : _error;
            }

            hear(line);
        }

        try
        {
            await Task.WhenAll(PumpAsync(process.StandardOutput, Write), PumpAsync(process.StandardError, Write));
        }
        finally
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        int code = process.ExitCode;
        return (code, code is ExitCodes.Ok or ExitCodes.Cancelled ? null : _error ?? string.Create(CultureInfo.InvariantCulture, $"its process ended with code {code}{(code > 128 ? $", signal {code - 128}" : "")}"));
    }

    // The run goes on without a log where the disk has no room for one.
    private FileStream? OpenLog()
    {
        try
        {
            return new FileStream(folder.Log(runId), FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Log(FileStream? log, string line)
    {
        try
        {
            log?.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (IOException)
        {
            // The run says on its own that it is paused.
        }
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> write)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            write(line);
        }
    }

    // This program again, however it was started.
    private ProcessStartInfo Program(IEnumerable<string> arguments)
    {
        string self = Environment.ProcessPath!;
        bool isHosted = Path.GetFileNameWithoutExtension(self) == "dotnet";
        string[] host = isHosted ? ["exec", Path.Combine(AppContext.BaseDirectory, "search.dll")] : [];
        return new ProcessStartInfo(self, [.. host, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_PROCESSOR_COUNT"] = cores.ToString(CultureInfo.InvariantCulture) },
        };
    }
}
