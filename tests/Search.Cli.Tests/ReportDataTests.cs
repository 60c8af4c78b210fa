using Search.Cli.Reports;
using Search.Evaluation;
using Search.Results;

namespace Search.Cli.Tests;

public sealed class ReportDataTests
{
    private static readonly DateTimeOffset _start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Choose_MoreThanFit_KeepsWhatMustBeThereAndSpreadsTheRest()
    {
        Trial[] rows = [.. Enumerable.Range(0, 1000).Select(id => Trial(id, id, 1))];
        long[] chosen = [.. TrialSample.Choose(rows, new HashSet<long> { 3, 997 }, 100).Select(trial => trial.Id)];
        Assert.That(chosen, Has.Length.EqualTo(100).And.Ordered.And.Contain(3).And.Contain(997));
        Assert.That(chosen.Count(id => id < 500), Is.InRange(49, 51));
        Assert.That(TrialSample.Choose(rows, new HashSet<long>(), 1000), Is.SameAs(rows));
        Assert.That(TrialSample.Choose(rows, rows.Select(trial => trial.Id).ToHashSet(), 10), Has.Count.EqualTo(1000), "what must be there is there");
    }

    [Test]
    public void Of_RunWithAPause_TellsItFromTheRest()
    {
        // 10 s of trial, 2 s of something else, 10 s, ten minutes' pause, 10 s.
        var times = RunTimes.Of([Trial(0, 0, 10), Trial(1, 12, 10), Trial(2, 622, 10)]);
        Assert.That(times, Is.EqualTo(new RunTimes(3000, 24000, 0, 3000, 2000, 600_000, 32_000)));
    }

    [Test]
    public void Of_TrialsSideBySide_CountsNoPauseWhileOneRuns()
    {
        // Half an hour, beside it a short one; then, ten minutes after both, another.
        var times = RunTimes.Of([Trial(0, 0, 1800), Trial(1, 0, 60), Trial(2, 1200, 60), Trial(3, 2400, 60)]);
        Assert.That(times, Is.EqualTo(new RunTimes(198_000, 1_584_000, 0, 198_000, 0, 600_000, 1_860_000)));
    }

    private static Trial Trial(long id, double second, double seconds) => new()
    {
        Id = id,
        Strategy = "cma_es",
        Role = DataRole.Search,
        State = TrialState.Complete,
        Fidelity = 1,
        Seed = 1,
        Coefficients = [],
        Objectives = [id],
        Scores = new Dictionary<string, double>(),
        StartedAt = _start.AddSeconds(second),
        MergeMs = 100 * seconds,
        ForwardMs = 800 * seconds,
        ObjectiveMs = 100 * seconds,
        Engine = "onnxruntime",
        Device = "cpu",
    };
}
