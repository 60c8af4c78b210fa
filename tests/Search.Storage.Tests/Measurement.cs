using System.Diagnostics;
using Search.Results;

namespace Search.Storage.Tests;

/// <summary>Prints what appends cost: time each, and the memory that opening DuckDB adds.</summary>
internal static class Measurement
{
    /// <summary>Measures into a directory.</summary>
    /// <param name="directory">An existing directory on the disk to measure.</param>
    /// <param name="appends">Appends for each batch size.</param>
    /// <returns>0.</returns>
    public static int Run(string directory, int appends)
    {
        Console.WriteLine($"resident at start {Resident()} MiB");
        foreach (int batch in new[] { 1, 16 })
        {
            string run = Directory.CreateDirectory(Path.Combine(directory, $"batch{batch}")).FullName;
            using ParquetTrialLog log = ParquetTrialLog.Open(run, "run");
            Console.WriteLine($"resident after open {Resident()} MiB");
            double[] milliseconds = new double[appends];
            for (int append = 0; append < appends; append++)
            {
                Trial[] trials = [.. Enumerable.Range(0, batch).Select(i => Trials.Create((append * batch) + i, coefficients: 28))];
                long start = Stopwatch.GetTimestamp();
                log.Append(trials);
                milliseconds[append] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }

            double first = milliseconds[0];
            Array.Sort(milliseconds);
            Console.WriteLine(
                $"append of {batch} x 28: first {first:F1} ms, median {milliseconds[appends / 2]:F2} ms, p95 {milliseconds[appends * 95 / 100]:F2} ms, " +
                $"largest {milliseconds[^1]:F1} ms; resident {Resident()} MiB");
            Time("read", () => log.Read());
            Time("compact", log.Compact);
            Time("read", () => log.Read());
            Console.WriteLine($"resident {Resident()} MiB");
        }

        return 0;
    }

    private static void Time(string what, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        Console.WriteLine($"{what} {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
    }

    private static long Resident() => Process.GetCurrentProcess().WorkingSet64 >> 20;
}
