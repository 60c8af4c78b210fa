using Search.Results.Fronts;

namespace Search.Tests.Results.Fronts;

public sealed class KneeTests
{
    [Test]
    public void Find_BulgingFront_IsTheVectorFurthestFromTheLineThroughTheEnds()
    {
        // Distances from the line through (0, 10) and (100, 0), by hand: x/100 + y/10 falls from 1 to 0.9, 0.45 and 0.6.
        double[][] front = [[0, 10], [40, 5], [25, 2], [50, 1], [100, 0]];
        Assert.That(Knee.Find(front), Is.EqualTo(2));
    }

    [Test]
    public void Find_UnitsOfAnObjectiveChanged_StaysWhereItIs()
    {
        double[][] front = [.. Enumerable.Range(0, 21).Select(i => i / 20.0).Select(x => new[] { x, Math.Pow(1 - Math.Sqrt(x), 2), 0 })];
        int knee = Knee.Find(front);
        Assert.That(front[knee][0], Is.EqualTo(0.25), "where the slope of (1 − √x)² is −1");
        Assert.That(Knee.Find([.. front.Select(point => new[] { (point[0] * 1000) + 3, point[1] * 0.01, 5 })]), Is.EqualTo(knee));
    }

    [Test]
    public void Find_TwoVectors_IsNone() => Assert.That(Knee.Find([[0, 1], [1, 0]]), Is.EqualTo(-1));
}
