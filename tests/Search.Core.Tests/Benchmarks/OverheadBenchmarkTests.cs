using Search.Benchmarks;

namespace Search.Tests.Benchmarks;

[NonParallelizable] // the memory of the whole process is measured
public sealed class OverheadBenchmarkTests
{
    // At least C, its root and its axes: three matrices of 200 × 200; beside them little that grows with the square.
    [Test]
    public void Measure_CmaEs_HoldsItsMatrices() =>
        Assert.That(OverheadBenchmark.Measure(new("cma_es"), 200).Single(row => row.Metric == "held_megabytes").Value, Is.InRange(2 * 200 * 200 * 8e-6, 5));
}
