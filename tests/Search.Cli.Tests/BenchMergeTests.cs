using System.Text.Json;

namespace Search.Cli.Tests;

public sealed class BenchMergeTests
{
    [Test]
    public void Bench_Json_HoldsEveryCaseBesideTheRoof()
    {
        SearchProcess bench = SearchProcess.Run("bench", "merge", "--params", "1e5", "--experts", "3", "--dtype", "bf16", "--candidates", "9", "--repeats", "3", "--json");
        Assert.That(bench.ExitCode, Is.Zero, bench.Error);
        JsonElement root = JsonDocument.Parse(bench.Output).RootElement;
        JsonElement[] cases = [.. root.GetProperty("cases").EnumerateArray()];
        string[] names = [.. cases.Select(one => $"{one.GetProperty("name")} × {one.GetProperty("candidates")}")];
        Assert.Multiple(() =>
        {
            Assert.That(root.GetProperty("parameters").GetInt64(), Is.EqualTo(8000 * 512));
            Assert.That(root.GetProperty("copy_gigabytes_per_second").GetDouble(), Is.Positive);
            Assert.That(names, Is.EqualTo(new[]
            {
                "task_arithmetic, float32 × 1", "task_arithmetic × 1", "task_arithmetic × 9",
                "ties,variant=mergekit,density=0.2, float32 × 1", "ties,variant=mergekit,density=0.2 × 1", "ties,variant=mergekit,density=0.2 × 9",
                "dot products with all vectors × 0", "masks of DARE, a vector × 0",
            }));
            Assert.That(cases.Select(one => one.GetProperty("roof").GetDouble()), Is.All.Positive);
            Assert.That(cases[1].GetProperty("gigabytes").GetDouble(), Is.EqualTo(8000 * 512 * ((2 * 4) + 4) / 1e9), "base and three vectors in bfloat16, a candidate in float32");
            Assert.That(cases[2].GetProperty("than").GetString(), Is.EqualTo("9 passes"));
        });
    }

    [TestCase("--operator tiess", 1, "--operator tiess: must be one of")]
    [TestCase("--operator ties,densty=1", 1, "densty")]
    [TestCase("--dtype f64", 2, "f64")]
    [TestCase("--experts 0", 2, "--experts must be at least 1")]
    public void Bench_BadInput_FailsInOneSentence(string arguments, int exitCode, string message)
    {
        SearchProcess bench = SearchProcess.Run(["bench", "merge", "--params", "1e5", .. arguments.Split(' ')]);
        Assert.Multiple(() =>
        {
            Assert.That(bench.ExitCode, Is.EqualTo(exitCode));
            Assert.That(bench.Error, Does.Contain(message));
        });
    }
}
