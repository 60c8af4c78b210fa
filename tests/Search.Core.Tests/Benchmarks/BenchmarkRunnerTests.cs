using Search.Benchmarks;
using Search.Controller;

namespace Search.Tests.Benchmarks;

public sealed class BenchmarkRunnerTests
{
    [Test]
    public void Run_OneOrFourAtOnce_RecordsTheSame()
    {
        BenchmarkProblem[] problems = [.. BenchmarkSuite.Problems("plain", [5], 2), .. BenchmarkSuite.Problems("merge", [4], 2)];
        BenchmarkRow[] Rows(int threads) => [.. new BenchmarkRunner(threads).Run(problems, [new("cma_es"), new("cma_es,population=20")], _ => { }).Where(row => row.Metric != "seconds")];
        Assert.That(Rows(4), Is.EqualTo(Rows(1)));
    }

    [Test]
    public void Run_Sphere_RecordsEvaluationsOfEveryTargetInOrder()
    {
        IReadOnlyList<BenchmarkRow> rows = new BenchmarkRunner(1).Run([BenchmarkSuite.Problems("plain", [5], 1).First()], [new("cma_es")], _ => { });
        double[] hits = [.. rows.Where(row => row.Metric == "evaluations_to").Select(row => row.Value!.Value)];
        Assert.Multiple(() =>
        {
            Assert.That(hits, Has.Length.EqualTo(11).And.Ordered);
            Assert.That(rows.Single(row => row.Metric == "best").Value, Is.LessThanOrEqualTo(1e-8));
            Assert.That(rows.Where(row => row.Metric == "best_after_n").Select(row => row.Value!.Value), Is.Ordered.Descending);
            Assert.That(rows.Single(row => row.Metric == "evaluations").Value, Is.InRange(hits[^1], hits[^1] + 8));
        });
    }

    [Test]
    public void Run_GenerationBeyondTheBudget_IsNotRecorded()
    {
        BenchmarkProblem problem = BenchmarkSuite.Problems("plain", [5], 1).First() with { Budget = 9, Checkpoints = [9] };
        IReadOnlyList<BenchmarkRow> small = new BenchmarkRunner(1).Run([problem], [new("cma_es,population=6")], _ => { });
        IReadOnlyList<BenchmarkRow> large = new BenchmarkRunner(1).Run([problem with { Budget = 12, Checkpoints = [9, 12] }], [new("cma_es,population=6")], _ => { });
        double First(IReadOnlyList<BenchmarkRow> rows) => rows.First(row => row.Metric == "best_after_n").Value!.Value;
        Assert.That(First(small), Is.EqualTo(First(large)).And.EqualTo(small.Single(row => row.Metric == "best").Value));
    }

    [TestCase("cma", "must be one of")]
    [TestCase("cma_es,popsize=3", "'popsize' is not a key here")]
    [TestCase("cma_es,population", "must have the form key=value")]
    [TestCase("adamerging", "needs derivatives")]
    public void Run_StrategyThatCannotBe_SaysWhy(string label, string reason) => Assert.That(
        () => new BenchmarkRunner(2).Run([.. BenchmarkSuite.Problems("plain", [5], 1)], [new(label)], _ => { }),
        Throws.TypeOf<StudyException>().With.Message.Contains(reason));

    [Test]
    public void Of_Rows_GivesQuantilesAndCountsWhatWasReached()
    {
        BenchmarkRow Row(int run, double? value) => new("plain", "s", "f", 5, run, "evaluations_to", 1, value);
        BenchmarkCell cell = BenchmarkCell.Of([Row(0, 4), Row(1, null), Row(2, 1), Row(3, 2), Row(4, 9)]).Single();
        Assert.That(cell, Is.EqualTo(new BenchmarkCell("plain", "s", "f", 5, "evaluations_to", 1, 3, 4, 1.75, 5.25, 4, 5)));
    }

    [Test]
    public void Of_SharesOfBbobsFunctions_GivesTheirMeanToo()
    {
        BenchmarkRow Row(string problem, double value) => new("bbob", "s", problem, 5, 0, "targets_after_n", 10, value);
        Assert.That(BenchmarkCell.Of([Row("f1", 1), Row("f2", 0.5)]).Single(cell => cell.Problem == "all").Mean, Is.EqualTo(0.75));
    }

    [Test]
    public void Measure_CmaEs_TakesTime() => Assert.That(OverheadBenchmark.Measure(new("cma_es"), 10).Single(row => row.Metric == "cpu_microseconds").Value, Is.InRange(0.1, 1e5));
}
