using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Search.Storage;

namespace Search.Cli.Tests;

/// <summary>A sweep from its file to its leaderboard, through the process that people start.</summary>
public sealed partial class SweepLifeTests : IDisposable
{
    private const int Interrupt = 2;

    // Everything the ledgers hold but timings.
    private const string Content =
        "SELECT * EXCLUDE (started_at, merge_ms, forward_ms, backward_ms, objective_ms) FROM trials ORDER BY run_id, trial_id, role";

    private readonly TinyStudy _study = new();

    [Test]
    public void Sweep_GridOfStudies_LeavesRunsALeaderboardAndTablesThatAreSkippedNextTime()
    {
        string sweep = Write("grid: { merge.operator: [task_arithmetic, weighted_average], seed: [1, 2], merge.granularity: model, budget.evaluations: 12 }");
        SearchProcess first = Search("sweep", sweep, "--jobs", "2");
        Assert.That(first.ExitCode, Is.Zero, first.Error);
        Assert.Multiple(() =>
        {
            Assert.That(first.Error, Does.Contain("studies   4: 0 done, 0 to go on with, 4 to start").And.Contain("4/4 finished"));
            Assert.That(first.Output, Does.Contain("merge.operator").And.Not.Contain("merge.granularity").And.Contain("mean objective").And.Contain("4 finished").And.Contain("objective entropy on select data, lower is better"));
        });

        using JsonDocument status = JsonDocument.Parse(Search("sweep", sweep, "--status", "--json").Output);
        JsonElement[] runs = [.. status.RootElement.GetProperty("runs").EnumerateArray()];
        double[] found = [.. runs.Select(run => run.GetProperty("select")[0].GetDouble())];
        string id = runs[0].GetProperty("run_id").GetString()!;
        Assert.Multiple(() =>
        {
            Assert.That(runs, Has.Length.EqualTo(4));
            Assert.That(found, Is.Ordered);
            Assert.That(runs.Select(run => run.GetProperty("accuracy").GetDouble()), Is.All.InRange(0, 1));
            Assert.That(runs.Select(run => run.GetProperty("settings").GetProperty("seed").GetString()), Is.EquivalentTo(new[] { "1", "1", "2", "2" }));
            Assert.That(Search("sweep", "tiny-sweep", "--status", "--csv").Output.Split('\n')[1], Does.StartWith($"{id},finished,"));
        });

        // The runs are runs like any other, and their ledgers one table.
        using JsonDocument shown = JsonDocument.Parse(Search("show", id, "--json").Output);
        string objective = shown.RootElement.GetProperty("best").GetProperty("objectives")[0].GetRawText();
        Assert.Multiple(() =>
        {
            Assert.That(runs[0].GetProperty("search")[0].GetRawText(), Is.EqualTo(objective));
            Assert.That(File.ReadAllText(Path.Combine(Folder, id, "log.txt")), Does.Contain("found by cma_es"));
            Assert.That(
                Query("SELECT merge_operator, runs.seed, runs.state, count(*) AS n, count(DISTINCT coefficients.name) AS c FROM trials JOIN runs USING (run_id) JOIN coefficients USING (run_id) WHERE label IS NULL AND role = 'search' GROUP BY ALL ORDER BY ALL"),
                Is.EqualTo("merge_operator,seed,state,n,c\ntask_arithmetic,1,finished,24,2\ntask_arithmetic,2,finished,24,2\nweighted_average,1,finished,24,2\nweighted_average,2,finished,24,2\n"));
        });

        SearchProcess second = Search("sweep", Path.Combine(Folder, "sweep.yaml"));
        Assert.That(second.ExitCode, Is.Zero, second.Error);
        Assert.That(second.Error, Does.Contain("studies   4: 4 done"));
        Assert.That(second.Output, Is.EqualTo(first.Output));
    }

    [Test]
    public void Sweep_StudyThatFails_IsNamedTriedAgainAndStopsNoOther()
    {
        string sweep = Write("list: [{ strategy: { name: adamerging }, evaluator.engine: onnxruntime }, { strategy: { name: random }, budget.evaluations: 3 }]");
        foreach (int done in new[] { 0, 1 })
        {
            SearchProcess run = Search("sweep", sweep);
            Assert.That(run.ExitCode, Is.EqualTo(1));
            Assert.Multiple(() =>
            {
                Assert.That(run.Error, Does.Contain($"studies   2: {done} done, 0 to go on with").And.Contain("/2 failed ").And.Contain("strategy adamerging needs derivatives"));
                Assert.That(run.Output, Does.Contain("1 finished").And.Contain("1 failed").And.Contain("strategy adamerging needs derivatives").And.Contain("log.txt"));
            });
        }

        Assert.That(Query("SELECT state, strategy FROM runs ORDER BY ALL"), Is.EqualTo("state,strategy\nfailed,{name: adamerging}\nfinished,{name: random}\n"));

        // A folder that is damaged stops nobody, and is named.
        string random = Directory.GetDirectories(Folder).Single(run => File.Exists(Path.Combine(run, "manifest.json")));
        File.WriteAllText(Path.Combine(random, "manifest.json"), "{ torn");
        SearchProcess damaged = Search("sweep", sweep);
        Assert.That(damaged.Error, Does.Contain("strategy adamerging needs derivatives").And.Contain("manifest.json: cannot be read"));
        Assert.That(damaged.Output, Does.Contain("2 failed"));
        Assert.That(Search("query", "tiny-sweep", "SELECT 1").ExitCode, Is.Zero);

        // Another content of an input is another study.
        _study.Save("b", _study.Draw(128, 0.6), _study.Draw(256, 0.5), classes: 5);
        Assert.That(Search("sweep", Write("list: [{ strategy: { name: random }, budget.evaluations: 3 }]")).Error, Does.Contain("studies   1: 0 done, 0 to go on with, 1 to start"));
    }

    [Test]
    public void Sweep_WrongMember_FailsBeforeAnyStarts()
    {
        SearchProcess run = Search("sweep", Write("grid: { seed: [1, 2], strategy.sigam: [0.1] }"));
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.StartWith("search: sweep tiny-sweep, member seed=1 strategy.sigam=0.1: ").And.Contain("(did you mean 'sigma'?)"));
        Assert.That(Folder, Does.Not.Exist);
        Assert.That(Search("sweep", "tiny-sweep", "--status").Error, Does.Contain("there is no sweep 'tiny-sweep'"));
        Assert.That(Search("sweep", "tiny-sweep", "--jobs", "0").ExitCode, Is.EqualTo(2));
    }

    [Test]
    public void Sweep_KilledTwiceAndInterrupted_GivesTheLedgersOfAnUnbrokenOne()
    {
        const string Studies = "grid: { seed: [1, 2], strategy: [{ name: cma_es, population: 300 }], budget.evaluations: 1500, evaluator.batch_size: 1 }";
        string sweep = Write(Studies);
        foreach (bool wholeTree in new[] { false, true })
        {
            using Process killed = SearchProcess.Start("sweep", sweep, "--jobs", "2", "--out", _study.Results);
            WaitForTrials();
            killed.Kill(wholeTree);
            Assert.That(killed.WaitForExit(30_000));
        }

        // What the first kill left has stopped by itself, or the next sweep waits until it has.
        using (Process stopped = SearchProcess.Start("sweep", sweep, "--jobs", "2", "--out", _study.Results))
        {
            Task<string> error = stopped.StandardError.ReadToEndAsync();
            WaitForTrials();
            SearchProcess other = Search("sweep", sweep);
            Assert.That(other.ExitCode, Is.EqualTo(1));
            Assert.That(other.Error, Does.Contain("in use by process"));
            Assert.That(kill(stopped.Id, Interrupt), Is.Zero);
            Assert.That(stopped.WaitForExit(30_000));
            Assert.That(stopped.ExitCode, Is.EqualTo(130));
            Assert.That(error.Result, Does.Contain($"continue with: search sweep '{sweep}'"));
            Assert.That(Directory.GetDirectories(Folder).Any(RunLock.IsHeld), Is.False, "no process is left");
        }

        SearchProcess last = Search("sweep", sweep, "--jobs", "2");
        Assert.That(last.ExitCode, Is.Zero, last.Error);
        string broken = Query(Content);
        Directory.Move(Folder, _study.File("broken"));
        Assert.That(Search("sweep", sweep, "--jobs", "2").ExitCode, Is.Zero);
        Assert.That(Query(Content), Is.EqualTo(broken));
        Assert.That(broken.Split('\n'), Has.Length.GreaterThan(3000));
    }

    public void Dispose() => _study.Dispose();

    private string Folder => Path.Combine(_study.Results, "tiny-sweep");

    private string Write(string sweep)
    {
        File.WriteAllText(_study.File("sweep.yaml"), $"name: tiny-sweep\nstudy: study.yaml\nsweep: {{ {sweep} }}\n");
        return _study.File("sweep.yaml");
    }

    private SearchProcess Search(params string[] arguments) => SearchProcess.Run([.. arguments, "--out", _study.Results]);

    private string Query(string sql) => Search("query", "tiny-sweep", sql, "--format", "csv").Output;

    // Until a run that is not done has written something since this was called.
    private void WaitForTrials()
    {
        DateTime start = DateTime.UtcNow;
        Assert.That(SpinWait.SpinUntil(
            () =>
            {
                Thread.Sleep(20);
                return Directory.Exists(Folder) && Directory.EnumerateFiles(Folder, "part-*.parquet", SearchOption.AllDirectories).Any(part => File.GetLastWriteTimeUtc(part) > start);
            },
            TimeSpan.FromSeconds(60)));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
