using System.Diagnostics;
using System.Globalization;
using Search.Results;

namespace Search.Storage.Tests;

/// <summary>What child processes do, and how tests start them.</summary>
internal static class Children
{
    private const int CompactEvery = 5;

    /// <summary>Appends trials after those recorded until killed, and prints the last id after each append.</summary>
    /// <param name="directory">The run directory.</param>
    /// <returns>Never.</returns>
    public static int Append(string directory)
    {
        using RunLock held = RunLock.Acquire(directory);
        using ParquetTrialLog log = ParquetTrialLog.Open(directory, "run");
        long next = log.Read().Count;
        for (int append = 1; ; append++)
        {
            Trial[] trials = [.. Enumerable.Range(0, 1 + (append % 3)).Select(i => Trials.Create(next + i))];
            log.Append(trials);
            next += trials.Length;
            Console.Out.WriteLine(next - 1);
            Console.Out.Flush();
            if (append % CompactEvery == 0)
            {
                log.Compact();
            }
        }
    }

    /// <summary>Holds a run's lock until standard input ends.</summary>
    /// <param name="directory">The run directory.</param>
    /// <returns>0.</returns>
    public static int Hold(string directory)
    {
        using RunLock held = RunLock.Acquire(directory);
        Console.Out.WriteLine("held");
        Console.Out.Flush();
        Console.In.ReadToEnd();
        return 0;
    }

    /// <summary>Starts this assembly as a child.</summary>
    /// <param name="verb">What it does.</param>
    /// <param name="directory">The run directory.</param>
    /// <param name="locks">Whether its files are locked as usual, or as on a file system without locks.</param>
    /// <returns>The child; kill it before disposing it.</returns>
    public static Process Start(string verb, string directory, bool locks = true)
    {
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        ProcessStartInfo start = new(host)
        {
            ArgumentList = { "exec", typeof(Children).Assembly.Location, verb, directory },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = !locks,
            Environment = { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = locks ? "0" : "1" },
        };
        return Process.Start(start)!;
    }

    /// <summary>Reads lines as numbers, then kills the child as <c>kill -9</c> does.</summary>
    /// <param name="child">The child.</param>
    /// <param name="lines">How many lines to wait for.</param>
    /// <returns>The last number printed before the end.</returns>
    public static long KillAfter(Process child, int lines)
    {
        long last = -1;
        for (int i = 0; i < lines && child.StandardOutput.ReadLine() is { } line; i++)
        {
            last = long.Parse(line, CultureInfo.InvariantCulture);
        }

        child.Kill();
        while (child.StandardOutput.ReadLine() is { Length: > 0 } line)
        {
            last = long.Parse(line, CultureInfo.InvariantCulture);
        }

        child.WaitForExit();
        return last;
    }
}
