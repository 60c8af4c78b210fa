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
    /// <param name="objectives">How many objectives each has; several are somewhat outside a sphere.</param>
    /// <returns>0.</returns>
    public static int Grow(string directory, int count, int objectives)
    {
        const int Batch = 100;
        const int Growth = 1000;
        const int Sample = 50;
        string run = Directory.CreateDirectory(Path.Combine(directory, "large")).FullName;
        long id = 0;
        var random = new Random(1);
        using (ParquetTrialLog log = ParquetTrialLog.Open(run, "run"))
        {
            // Numbers that do not repeat, as searches propose them: what repeats is compressed away.
            Trial Next() => Trials.Create(id++, coefficients: 0) with { Coefficients = [.. Enumerable.Range(0, 100).Select(_ => random.NextDouble())], Objectives = Objectives(random, objectives) };
            double[] Append(int appends, int batch) => [.. Enumerable.Range(0, appends).Select(_ =>
            {
                Trial[] trials = [.. Enumerable.Range(0, batch).Select(_ => Next())];
                long start = Stopwatch.GetTimestamp();
                log.Append(trials);
                return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            })];

            Append(1, 1);
            for (int size = 1000; size <= count; size *= 10)
            {
                long start = Stopwatch.GetTimestamp();
                TimeSpan processor = Environment.CpuUsage.TotalTime;
                long before = id;
                Append((int)Math.Ceiling((size - id) / (double)Growth), Growth);
                double busy = (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / Math.Max(1, id - before);
                double grown = Stopwatch.GetElapsedTime(start).TotalMicroseconds / Math.Max(1, id - before);
                processor = Environment.CpuUsage.TotalTime;
                double[] one = [.. Append(Sample, 1).Order()];
                double alone = (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / Sample;
                double[] many = [.. Append(Sample, Batch).Order()];
                Console.WriteLine(
                    $"at {size,7} trials: append of 1 median {one[Sample / 2]:F1} ms (of the processors {alone:F1} ms on average), largest {one[^1]:F0} ms; of {Batch} median {many[Sample / 2]:F1} ms, largest {many[^1]:F0} ms; " +
                    $"{grown:F0} µs a trial, of the processors {busy:F0} µs, while it grew in appends of {Growth}; {Directory.GetFiles(Path.Combine(run, "trials")).Length} files; resident {Resident()} MiB, peak {Peak()} MiB");
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
            foreach (string verb in new[] { "open", "brief", "scores", "read" })
            {
                using Process child = Children.Start(verb, run);
                Console.WriteLine($"{state}: {child.StandardOutput.ReadToEnd().Trim()}");
                child.WaitForExit();
            }
        }
    }

    /// <summary>Times one thing in this process and prints its peak memory.</summary>
    /// <param name="what"><c>open</c> the ledger for appending, read it in <c>brief</c>, read the <c>scores</c> of every candidate, or <c>read</c> every trial.</param>
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
                    Console.Write($"{LedgerBrief.Read(run).Trials.Count} trials: ");
                    break;
                case "scores":
                    LedgerBrief.ReadScores(run);
                    break;
                default:
                    TrialReader.Read(run);
                    break;
            }
        });
        Console.WriteLine($"peak {Peak()} MiB");
        return 0;
    }

    private static double[] Objectives(Random random, int count)
    {
        double[] direction = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
        double length = Math.Sqrt(direction.Sum(value => value * value));
        double radius = 1 + random.NextDouble();
        return [.. direction.Select(value => 1 - (value / length / radius))];
    }

    private static long Peak() => Process.GetCurrentProcess().PeakWorkingSet64 >> 20;

    // The processor's time too, which says what it takes where other programs take turns.
    private static void Time(string what, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        action();
        Console.WriteLine($"{what} {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms, of the processors {(Environment.CpuUsage.TotalTime - processor).TotalMilliseconds:F0} ms");
    }

    private static long Resident() => Process.GetCurrentProcess().WorkingSet64 >> 20;
}
