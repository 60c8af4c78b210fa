using Search.Results.Fronts;

namespace Search.Tests.Results.Fronts;

public sealed class HypervolumeHistoryTests
{
    [Test]
    public void Of_Vectors_IsTheVolumeOfThoseSoFar([Values(2, 3, 4)] int objectives)
    {
        var random = new Random(objectives);
        double[][] points = [.. Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, objectives).Select(_ => random.NextDouble()).ToArray())];
        double[] reference = [.. Enumerable.Repeat(0.9, objectives)];
        long effort = long.MaxValue;
        double[] history = HypervolumeHistory.Of(points, reference, ref effort)!;
        Assert.That(HypervolumeHistory.Of(points, reference, ref effort, [2, 3, 17, 39]), Is.EqualTo(new[] { history[2], history[3], history[17], history[39] }));
        for (int i = 0; i < points.Length; i++)
        {
            Assert.That(history[i], Is.EqualTo(Hypervolume.Of(points[..(i + 1)], reference)).Within(1e-12));
            Assert.That(history[i], Is.GreaterThanOrEqualTo(i == 0 ? 0 : history[i - 1]));
        }
    }

    [Test]
    public void Of_FailedTrials_KeepsTheVolume()
    {
        long effort = 10;
        Assert.That(HypervolumeHistory.Of([null, [0, 0.5], null, [0.5, 0]], [1, 1], ref effort), Is.EqualTo(new[] { 0, 0.5, 0.5, 0.75 }));
        effort = 1;
        Assert.That(HypervolumeHistory.Of([null, [0, 0.5], null, [0.5, 0]], [1, 1], ref effort), Is.Null, "more than it may take");
    }
}
