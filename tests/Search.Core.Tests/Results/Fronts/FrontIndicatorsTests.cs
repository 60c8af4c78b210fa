using Search.Results.Fronts;

namespace Search.Tests.Results.Fronts;

public sealed class FrontIndicatorsTests
{
    private static readonly double[][] _front = [[0, 1], [1, 0]];

    [Test]
    public void Distances_OfThreeVectors_AreInfiniteAtTheEnds() =>
        Assert.That(Crowding.Distances([[-1, -4], [-2, -3], [-4, -1]]), Is.EqualTo(new[] { double.PositiveInfinity, 2, double.PositiveInfinity }));

    [Test]
    public void Distances_NoneOrEqualVectors_AreNoNumbersThatAreNone()
    {
        Assert.That(Crowding.Distances([]), Is.Empty);
        Assert.That(Crowding.Distances([[1, 1], [1, 1], [1, 1]]), Has.None.NaN);
    }

    [Test]
    public void InvertedDistance_KnownSets_CountsOnlyWhatIsAbove()
    {
        Assert.That(FrontIndicators.InvertedDistance(_front, _front), Is.Zero);
        Assert.That(FrontIndicators.InvertedDistance([[-1, -1]], _front), Is.Zero);
        Assert.That(FrontIndicators.InvertedDistance([[0.5, 1.25], [1, 0]], _front), Is.EqualTo(Math.Sqrt(0.25 + 0.0625) / 2).Within(1e-15));
    }

    [Test]
    public void AdditiveEpsilon_KnownSets_IsTheLargestGap()
    {
        Assert.That(FrontIndicators.AdditiveEpsilon(_front, _front), Is.Zero);
        Assert.That(FrontIndicators.AdditiveEpsilon([[0.5, 1.25], [1, 0]], _front), Is.EqualTo(0.5));
        Assert.That(FrontIndicators.AdditiveEpsilon([[-1, -1]], _front), Is.EqualTo(-1));
    }

    [Test]
    public void Spread_KnownSets_IsTheRelativeDeviationOfGaps()
    {
        Assert.That(FrontIndicators.Spread([[0, 2], [1, 1], [2, 0]]), Is.Zero);
        Assert.That(FrontIndicators.Spread([[4, 0], [1, 0], [0, 0]]), Is.EqualTo(0.5), "gaps of 1 and 3");
        Assert.That(FrontIndicators.Spread(_front), Is.Zero);
    }

    [Test]
    public void Of_WeightedChebyshev_IsInUnitsOfTheFront()
    {
        var scale = new Scalarisation([[0, 10], [2, 0], [5, 50]]); // the last is dominated
        Assert.That(scale.Of([0.5, 0.5], [1, 5]), Is.EqualTo(0.25 + (0.05 * 0.5)).Within(1e-15));
        Assert.That(scale.Of([1, 0], [0, 10]), Is.Zero);
        Assert.That(scale.Unit(1, 20), Is.EqualTo(2));
    }
}
