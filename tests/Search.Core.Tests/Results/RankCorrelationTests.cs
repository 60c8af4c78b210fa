using Search.Results;

namespace Search.Tests.Results;

internal sealed class RankCorrelationTests
{
    private static readonly double[] TiedX = [1, 2, 2, 3, 5, 8, 8, 8, 9, 4];
    private static readonly double[] TiedY = [2, 1, 4, 4, 7, 6, 6, 9, 9, 9];
    private static readonly double[] X = [0.3, -1.2, 4.5, 2.2, 0.1, 7.7, -3];
    private static readonly double[] Y = [1.1, 0.2, 0.9, -5, 3.3, 2.2, -1];

    // scipy 1.10.1: spearmanr and kendalltau of the same lists.
    [Test]
    public void SpearmanAndKendall_WithAndWithoutTies_AreScipysNumbers()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RankCorrelation.Spearman(TiedX, TiedY), Is.EqualTo(0.7742984753509576).Within(1e-14));
            Assert.That(RankCorrelation.Kendall(TiedX, TiedY), Is.EqualTo(0.6173309979059936).Within(1e-14));
            Assert.That(RankCorrelation.Spearman(X, Y), Is.EqualTo(0.28571428571428575).Within(1e-14));
            Assert.That(RankCorrelation.Kendall(X, Y), Is.EqualTo(0.23809523809523814).Within(1e-14));
        }
    }

    [Test]
    public void SpearmanAndKendall_OfAMonotoneMap_AreOneOrMinusOne()
    {
        double[] rising = [.. X.Select(Math.Exp)];
        double[] falling = [.. X.Select(x => -x * x * x)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RankCorrelation.Spearman(X, rising), Is.EqualTo(1).Within(1e-15));
            Assert.That(RankCorrelation.Kendall(X, rising), Is.EqualTo(1).Within(1e-15));
            Assert.That(RankCorrelation.Spearman(X, falling), Is.EqualTo(-1).Within(1e-15));
            Assert.That(RankCorrelation.Kendall(X, falling), Is.EqualTo(-1).Within(1e-15));
        }
    }

    [Test]
    public void SpearmanAndKendall_OfAConstant_AreNotANumber()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RankCorrelation.Spearman([1, 2, 3], [4, 4, 4]), Is.NaN);
            Assert.That(RankCorrelation.Kendall([1, 2, 3], [4, 4, 4]), Is.NaN);
            Assert.That(RankCorrelation.Bootstrap(RankCorrelation.Kendall, [1, 2, 3], [4, 4, 4], 10, 1), Is.EqualTo(new Correlation(double.NaN, double.NaN, double.NaN)));
        }
    }

    // Pearson's correlation of normal pairs of correlation 0.8 has Spearman's ρ about 0.79; for n = 200 its standard error is about 0.03.
    [Test]
    public void Bootstrap_CorrelatedPairs_GivesAnIntervalOfTheTextbookWidth()
    {
        var rng = new Search.Rng(5, 0, 0);
        (double X, double Y)[] pairs = [.. Enumerable.Range(0, 200).Select(_ =>
        {
            double x = rng.NextGaussian();
            return (x, (0.8 * x) + (0.6 * rng.NextGaussian()));
        })];
        double[] x = [.. pairs.Select(pair => pair.X)];
        double[] y = [.. pairs.Select(pair => pair.Y)];

        Correlation correlation = RankCorrelation.Bootstrap(RankCorrelation.Spearman, x, y, 1000, seed: 1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(correlation.Value, Is.EqualTo(RankCorrelation.Spearman(x, y)).And.InRange(correlation.Low, correlation.High));
            Assert.That(correlation.High - correlation.Low, Is.InRange(0.08, 0.2));
            Assert.That(RankCorrelation.Bootstrap(RankCorrelation.Spearman, x, y, 1000, seed: 1), Is.EqualTo(correlation), "the seed decides");
            Assert.That(RankCorrelation.Bootstrap(RankCorrelation.Spearman, x, y, 1000, seed: 2), Is.Not.EqualTo(correlation));
        }
    }

    [Test]
    public void Spearman_ListsOfDifferentLength_AreRefused() =>
        Assert.That(() => RankCorrelation.Spearman([1, 2], [1]), Throws.TypeOf<ArgumentOutOfRangeException>());
}
