using Search.Strategies;
using Search.Strategies.Sampling;

namespace Search.Tests.Strategies.Sampling;

public sealed class SamplingTests
{
    [Test]
    public void Grid_MixedAxes_CoversEveryCombinationOnce()
    {
        SearchSpace space = new(
        [
            new("float", -1, 1, 0), new("integer", 2, 4, 2) { Kind = CoefficientKind.Integer }, new("category", 0, 1, 0) { Kind = CoefficientKind.Categorical },
        ]);
        ISearchStrategy strategy = new GridSettings(3).Create(space, new StrategyContext(0, 1, null));
        double[][] points = [.. strategy.Ask(1000).Select(candidate => candidate.Coefficients.ToArray())];
        double[][] expected = [.. from a in new double[] { -1, 0, 1 } from b in new double[] { 2, 3, 4 } from c in new double[] { 0, 1 } select new[] { a, b, c }];
        Assert.That(points, Is.EqualTo(expected));
        Assert.That(strategy.StopReason, Is.EqualTo("grid: all 18 points were proposed"));
        Assert.That(strategy.Ask(1), Is.Empty);
    }

    [TestCase(2, 100, 100)]
    [TestCase(2, 120, 100)]
    [TestCase(3, 100, 64)]
    public void Grid_PointsLeftOpen_TakesAsManyAsTheBudgetAllows(int dimension, long budget, int size)
    {
        ISearchStrategy strategy = new GridSettings(null).Create(Box(dimension), new StrategyContext(0, 1, budget));
        Assert.That(strategy.Ask(100_000), Has.Count.EqualTo(size));
    }

    [Test]
    public void Grid_MorePointsThanTheBudget_IsRefusedWithTheNumber() =>
        Assert.That(() => new GridSettings(5).Create(Box(4), new StrategyContext(0, 1, 200)), Throws.ArgumentException.With.Message.Contains("625 points"));

    [Test]
    public void Sobol_SixtyFourPointsInThePlane_OneInEveryElementaryBox()
    {
        double[][] points = [.. new SobolSettings().Create(Box(2), new StrategyContext(5, 1, null)).Ask(64).Select(candidate => candidate.Coefficients.ToArray())];
        for (int k = 0; k <= 6; k++)
        {
            (int columns, int rows) = (1 << k, 1 << (6 - k));
            Assert.That(points.Select(point => ((int)(point[0] * columns), (int)(point[1] * rows))).Distinct().Count(), Is.EqualTo(64), $"{columns} × {rows}");
        }
    }

    [Test]
    public void Sobol_MoreAxesThanDirectionNumbers_IsRefusedWithTheAlternative() =>
        Assert.That(() => new SobolSettings().Create(Box(SobolSequence.MaximalDimension + 1), new StrategyContext(5, 1, null)), Throws.ArgumentException.With.Message.Contains("use random"));

    [Test]
    public void Random_ManyPoints_HaveTheMomentsOfTheUniformDistribution()
    {
        double[] numbers = [.. new RandomSettings().Create(Box(3), new StrategyContext(1, 1, null)).Ask(5000).SelectMany(candidate => candidate.Coefficients)];
        Assert.That(numbers.Average(), Is.EqualTo(0.5).Within(0.01));
        Assert.That(numbers.Average(x => (x - 0.5) * (x - 0.5)), Is.EqualTo(1 / 12.0).Within(0.002));
    }

    // Groups of a space's own, however they lie in it: each has a sum of 1, and knows nothing of the other.
    [Test]
    public void Dirichlet_TwoSimplices_AreDrawnIndependently()
    {
        SearchSpace space = new(
            [.. Enumerable.Range(0, 5).Select(i => new Coefficient($"c{i}", 0, 1, 0.3))], [new SimplexConstraint(["c0", "c3"]), new SimplexConstraint(["c1", "c4"])]);
        double[][] points = [.. new DirichletSettings(1, 1).Create(space, new StrategyContext(1, 5, null)).Ask(4000).Select(candidate => candidate.Coefficients.ToArray())];
        Assert.That(points.Select(point => point[0] + point[3]), Is.All.EqualTo(1).Within(1e-12));
        Assert.That(points.Select(point => point[1] + point[4]), Is.All.EqualTo(1).Within(1e-12));
        Assert.That(points.Select(point => point[2]), Is.All.EqualTo(0.3).Within(1e-12));
        Assert.That(points.Average(point => (point[0] - 0.5) * (point[0] - 0.5)), Is.EqualTo(1 / 12.0).Within(0.005));
        Assert.That(points.Average(point => (point[0] - 0.5) * (point[1] - 0.5)), Is.Zero.Within(0.005));
    }

    // A weight of Dirichlet(a, a, a) with sum s has mean s/3 and variance s²·2/(9(3a + 1)).
    [TestCase(1, 1)]
    [TestCase(0.2, 1)]
    [TestCase(4, 1.5)]
    public void Dirichlet_ManyPoints_HaveTheSumAndMomentsOfTheDistribution(double concentration, double total)
    {
        SearchSpace space = new([.. Enumerable.Range(0, 6).Select(i => new Coefficient($"c{i}", -0.5, 1.5, 0.3))]);
        double[][] points = [.. new DirichletSettings(concentration, total).Create(space, new StrategyContext(1, 3, null)).Ask(8000).Select(candidate => candidate.Coefficients.ToArray())];
        Assert.Multiple(() =>
        {
            Assert.That(points.Select(point => point[..3].Sum()), Is.All.EqualTo(total).Within(1e-12));
            Assert.That(points.Select(point => point[3..].Sum()), Is.All.EqualTo(total).Within(1e-12));
            Assert.That(points.SelectMany(point => point), Is.All.InRange(-1e-12, total + 1e-12));
            for (int i = 0; i < 6; i++)
            {
                double mean = points.Average(point => point[i]);
                Assert.That(mean, Is.EqualTo(total / 3).Within(0.02 * total));
                Assert.That(points.Average(point => (point[i] - mean) * (point[i] - mean)), Is.EqualTo(total * total * 2 / (9 * ((3 * concentration) + 1))).Within(0.06 / ((3 * concentration) + 1) * total * total));
            }
        });
    }

    private static SearchSpace Box(int n) => new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);
}
