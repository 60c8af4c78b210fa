using System.Diagnostics;
using Search.Results;

namespace Search.Storage.Tests;

/// <summary>Prints what appends and ledgers cost: time, and memory.</summary>
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

    /// <summary>Prints what a large ledger costs: appends while it grows and, each in a process of its own, what opens it.</summary>
    /// <param name="directory">An existing directory on the disk to measure.</param>
    /// <param name="count">How many trials, of 100 coefficients each.</param>
    /// <returns>0.</returns>
    public static int Grow(string directory, int count)
    {
        const int Batch = 100;
        const int Sample = 50;
        string run = Directory.CreateDirectory(Path.Combine(directory, "large")).FullName;
        long id = 0;
        using (ParquetTrialLog log = ParquetTrialLog.Open(run, "run"))
        {
            double[] Append(int appends, int batch) => [.. Enumerable.Range(0, appends).Select(_ =>
            {
                Trial[] trials = [.. Enumerable.Range(0, batch).Select(_ => Trials.Create(id++, coefficients: 100))];
                long start = Stopwatch.GetTimestamp();
                log.Append(trials);
                return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            })];

            Append(1, 1);
            for (int size = 1000; size <= count; size *= 10)
            {
                double[] grown = Append((int)((size - id) / Batch), Batch);
                double[] one = [.. Append(Sample, 1).Order()];
                double[] many = [.. Append(Sample, Batch).Order()];
                Console.WriteLine(
                    $"at {size,7} trials: append of 1 median {one[Sample / 2]:F1} ms, largest {one[^1]:F0} ms; of {Batch} median {many[Sample / 2]:F1} ms, largest {many[^1]:F0} ms; " +
                    $"mean while it grew {grown.Average():F1} ms, largest {grown.Max():F0} ms; {Directory.GetFiles(Path.Combine(run, "trials")).Length} files; resident {Resident()} MiB, peak {Peak()} MiB");
            }
        }

        Measure("in parts");
        using (ParquetTrialLog log = ParquetTrialLog.Open(run, "run"))
        {
            Time("compact", log.Compact);
        }

        Measure("compacted");
        return 0;

        void Measure(string state)
        {
            foreach (string verb in new[] { "open", "brief", "read" })
            {
                using Process child = Children.Start(verb, run);
                Console.WriteLine($"{state}: {child.StandardOutput.ReadToEnd().Trim()}");
                child.WaitForExit();
            }
        }
    }

    /// <summary>Times one thing in this process and prints its peak memory.</summary>
    /// <param name="what"><c>open</c> the ledger for appending, read it in <c>brief</c>, or <c>read</c> every trial.</param>
    /// <param name="run">The run directory.</param>
    /// <returns>0.</returns>
    public static int Once(string what, string run)
    {
        Time(what, () =>
        {
            switch (what)
            {
                case "open":
                    ParquetTrialLog.Open(run, "run").Dispose();
                    break;
                case "brief":
                    LedgerBrief.Read(run);
                    break;
                default:
                    TrialReader.Read(run);
                    break;
            }
        });
        Console.WriteLine($"peak {Peak()} MiB");
        return 0;
    }

    private static long Peak() => Process.GetCurrentProcess().PeakWorkingSet64 >> 20;

    private static void Time(string what, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        Console.WriteLine($"{what} {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms");
    }

    private static long Resident() => Process.GetCurrentProcess().WorkingSet64 >> 20;
}
