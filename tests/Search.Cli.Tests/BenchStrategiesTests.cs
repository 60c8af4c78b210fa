using System.Text.Json;

namespace Search.Cli.Tests;

public sealed class BenchStrategiesTests
{
    [Test]
    public void Bench_Sphere_PrintsOursBesideTheBestPeer()
    {
        SearchProcess bench = SearchProcess.Run("bench", "strategies", "--suite", "plain", "--problem", "sphere", "--dimensions", "5", "--seeds", "2", "--strategy", "cma_es,sigma=2");
        Assert.Multiple(() =>
        {
            Assert.That(bench.ExitCode, Is.Zero, bench.Error);
            Assert.That(bench.Output, Does.Contain("cma_es,sigma=2").And.Contain("(2/2)"));
            Assert.That(bench.Output, Does.Match(@"698 \(15/15\) +deap_cma"));
        });
    }

    [Test]
    public void Bench_Json_HoldsCellsAndPeersOfTheSamePlaces()
    {
        SearchProcess bench = SearchProcess.Run("bench", "strategies", "--suite", "merge", "--dimensions", "4", "--seeds", "1", "--json");
        JsonElement root = JsonDocument.Parse(bench.Output).RootElement;
        string[] Names(string list) => [.. root.GetProperty(list).EnumerateArray().Select(cell => cell.GetProperty("metric").GetString()!).Distinct()];
        Assert.Multiple(() =>
        {
            Assert.That(Names("cells"), Has.Member("gap_of_recommended_after").And.Member("optimism_after"));
            Assert.That(Names("peers"), Is.SubsetOf(Names("cells")).And.Not.Empty);
        });
    }

    [Test]
    public void Bench_FewerEvaluations_MeasuresUpToThem()
    {
        SearchProcess bench = SearchProcess.Run("bench", "strategies", "--suite", "merge_front", "--dimensions", "4", "--seeds", "1", "--strategy", "sobol", "--evaluations", "150", "--json");
        JsonElement[] cells = [.. JsonDocument.Parse(bench.Output).RootElement.GetProperty("cells").EnumerateArray()];
        JsonElement[] Of(string metric) => [.. cells.Where(cell => cell.GetProperty("metric").GetString() == metric)];
        Assert.That(Of("front_share_after").Select(cell => cell.GetProperty("at").GetDouble()), Is.EqualTo(new double[] { 100, 150 }));
        Assert.That(Of("evaluations").Single().GetProperty("median").GetDouble(), Is.EqualTo(150));
    }

    // Tables are printed before files are written: a bench that had run would have printed some.
    [Test]
    public void Bench_OutCannotBeWritten_FailsBeforeAnythingRuns()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}", "bench.parquet");
        SearchProcess bench = SearchProcess.Run("bench", "strategies", "--suite", "plain", "--problem", "sphere", "--dimensions", "5", "--seeds", "1", "--out", path);
        Assert.Multiple(() =>
        {
            Assert.That(bench.ExitCode, Is.EqualTo(1));
            Assert.That(bench.Error, Does.Contain($"{path}: could not be written"));
            Assert.That(bench.Output, Is.Empty);
        });
    }

    [Test]
    public void Bench_OutWithoutTheParquetLibrary_FailsBeforeAnythingRuns()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.csv");
        string library = path + ".so";
        SearchProcess bench = SearchProcess.RunWith(
            new Dictionary<string, string> { ["SEARCH_DUCKDB"] = library },
            "bench", "strategies", "--suite", "plain", "--problem", "sphere", "--dimensions", "5", "--seeds", "1", "--out", path);
        Assert.Multiple(() =>
        {
            Assert.That(bench.ExitCode, Is.EqualTo(1));
            Assert.That(bench.Error, Does.Contain(library));
            Assert.That(bench.Output, Is.Empty);
            Assert.That(path, Does.Not.Exist);
        });
    }

    [TestCase("--problem sfere", 1, "--problem sfere: no function of the suites plain has that name")]
    [TestCase("--out bench.txt", 2, "must end in .parquet or .csv")]
    [TestCase("--evaluations 0", 2, "--evaluations must be at least 1, got 0")]
    [TestCase("--dimensions 1", 2, "--dimensions must be at least 2")]
    [TestCase("--strategy cma_ess", 1, "must be one of")]
    public void Bench_BadInput_FailsInOneSentence(string arguments, int exitCode, string message)
    {
        SearchProcess bench = SearchProcess.Run(["bench", "strategies", "--suite", "plain", "--seeds", "1", .. arguments.Split(' ')]);
        Assert.Multiple(() =>
        {
            Assert.That(bench.ExitCode, Is.EqualTo(exitCode));
            Assert.That(bench.Error, Does.Contain(message));
        });
    }
}
