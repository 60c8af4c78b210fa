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

    [TestCase("two vectors", "0,1 1,0")]
    [TestCase("bulging away", "0,1 0.9,0.9 1,0")]
    [TestCase("on the line", "0,1 0.5,0.5 1,0")]
    [TestCase("ends alone", "0,1,1 1,0,1 1,1,0")]
    public void Find_NothingBelowTheEnds_IsNone(string what, string front) =>
        Assert.That(Knee.Find([.. front.Split(' ').Select(point => point.Split(',').Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture)).ToArray())]), Is.EqualTo(-1), what);

    [Test]
    public void Find_ThreeObjectives_IsNoEnd() => Assert.That(Knee.Find([[0, 1, 0.1], [1, 0, 0.1], [0.6, 0.6, 0.2], [0.9, 0.9, 0]]), Is.EqualTo(2));
}
