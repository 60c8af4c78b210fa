using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Search.Cli.Tests;

/// <summary>
/// Runs of a study that are killed at random instants, and gone on with until they end by themselves; then each must hold what a run holds that
/// nothing disturbed, bit for bit but for timings. Every other kill waits for a file that is being written, and hits the write.
/// </summary>
internal sealed class Soak(TinyStudy study, int seed)
{
    // Everything a ledger holds but the run's name and timings.
    public const string Content =
        "SELECT * EXCLUDE (run_id, started_at, merge_ms, forward_ms, backward_ms, objective_ms) FROM trials ORDER BY trial_id, role";

    // The same of what its races left on the way.
    private static readonly string Rungs = Content.Replace("FROM trials ORDER BY trial_id, role", "FROM rungs ORDER BY trial_id, rung", StringComparison.Ordinal);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Random _random = new(seed);
    private readonly StringBuilder _log = new();
    private int _writes;
    private int _resumes;
    private int _runs;
    private int _differences;

    /// <summary>What happened, a line each, and the sum of it.</summary>
    public string Log => _log.ToString();

    public int Kills { get; private set; }

    /// <summary>Kills runs until there are enough kills.</summary>
    /// <param name="kills">How many.</param>
    /// <param name="settings">Arguments of <c>search run</c>.</param>
    public void Run(int kills, params string[] settings)
    {
        long start = Stopwatch.GetTimestamp();
        Finish(Start("whole", settings), "whole");
        TimeSpan whole = Stopwatch.GetElapsedTime(start);
        string expected = Ledger("whole");
        while (Kills < kills)
        {
            string run = $"broken-{_runs++}";
            while (Kills < kills && KillOnce(run, whole, settings))
            {
            }

            Finish(Start(run, settings), run);
            bool isSame = Ledger(run) == expected && Model(run).SequenceEqual(Model("whole"));
            _differences += isSame ? 0 : 1;
            Write($"{run}: ended, {(isSame ? "as the unbroken run" : "DIFFERENT FROM the unbroken run")}");
            Assert.That(isSame, $"{run} differs from the unbroken run\n{Log}");
        }

        Write($"kills {Kills}, of them within a write {_writes}; resumes {_resumes}; runs compared {_runs}; differences {_differences}");
    }

    // False when the run ended before it was killed.
    private bool KillOnce(string run, TimeSpan whole, string[] settings)
    {
        HashSet<(string, DateTime)> left = [.. Unfinished(run)];
        IEnumerable<string> Written() => Unfinished(run).Where(file => !left.Contains(file)).Select(file => file.Path);
        using Process process = Start(run, settings);
        Task<string> error = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        long start = Stopwatch.GetTimestamp();
        double instant = _random.NextDouble() * whole.TotalMilliseconds;
        int rest = _random.Next(8);
        bool waits = _random.Next(2) == 0;
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < instant && !process.HasExited)
        {
            Thread.Sleep(1);
        }

        while (waits && !Written().Any() && !process.HasExited && Stopwatch.GetElapsedTime(start) < Patience)
        {
            Thread.Sleep(0);
        }

        Thread.Sleep(waits ? rest : 0);
        process.Kill();
        process.WaitForExit();
        if (process.ExitCode == 0)
        {
            return false;
        }

        Assert.That(error.Result, Does.Not.Contain("search: "), "only the kill ends it");
        Kills++;
        string[] torn = [.. Written().Select(path => Path.GetRelativePath(Folder(run), path))];
        _writes += torn.Length > 0 ? 1 : 0;
        Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{run}: kill {Kills} after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms{(torn.Length > 0 ? $", within the write of {string.Join(", ", torn)}" : "")}"));
        return true;
    }

    // A folder without a manifest is no run yet, and its name is free.
    private Process Start(string run, string[] settings)
    {
        bool isRun = File.Exists(Path.Combine(Folder(run), "manifest.json"));
        _resumes += isRun ? 1 : 0;
        return SearchProcess.Start(isRun ? ["resume", Folder(run)] : ["run", study.Path, "--run-id", run, "--out", study.Results, .. settings]);
    }

    private static void Finish(Process process, string run)
    {
        using (process)
        {
            _ = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            Assert.That(process.WaitForExit(Patience), $"{run} ends");
            Assert.That(process.ExitCode, Is.Zero, error.Result);
        }
    }

    private IEnumerable<(string Path, DateTime Written)> Unfinished(string run) => Directory.Exists(Folder(run))
        ? Directory.EnumerateFiles(Folder(run), "*.tmp", SearchOption.AllDirectories).Select(path => (path, File.GetLastWriteTimeUtc(path)))
        : [];

    private string Ledger(string run)
    {
        return string.Concat(new[] { Content, Rungs }.Select(sql =>
        {
            SearchProcess query = SearchProcess.Run("query", Folder(run), sql, "--format", "csv");
            Assert.That(query.ExitCode, Is.Zero, query.Error);
            Assert.That(query.Error, Is.Empty, "nothing is left out");
            return query.Output;
        }));
    }

    // The file behind its header, which names the run.
    private byte[] Model(string run)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder(run), "best", "model.safetensors"));
        return bytes[(8 + (int)BitConverter.ToInt64(bytes))..];
    }

    private string Folder(string run) => Path.Combine(study.Results, "tiny", run);

    private void Write(string line)
    {
        _log.AppendLine(line);
        TestContext.Progress.WriteLine(line);
    }
}
