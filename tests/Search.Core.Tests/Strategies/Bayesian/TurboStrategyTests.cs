using Search.Strategies;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class TurboStrategyTests
{
    [Test]
    public void Ask_EllipsoidOf10Axes_GetsFarBelowTheStart()
    {
        var space = new SearchSpace([.. Enumerable.Range(0, 10).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);
        double Ellipsoid(IReadOnlyList<double> x) => x.Select((value, i) => Math.Pow(10, i / 9.0) * Math.Pow(value - 0.3, 2)).Sum();
        var strategy = new TurboStrategy(space, new TurboOptions { InitialPoints = 10 });
        BayesianStrategyTests.Run(strategy, Ellipsoid, 80, 4);
        Assert.That(Ellipsoid(strategy.Recommend()!.Coefficients), Is.LessThan(0.05 * Ellipsoid([.. Enumerable.Repeat(0.5, 10)])));
    }

    // Without an improvement the box halves until it is too small; then a design of new points begins elsewhere.
    [Test]
    public void Ask_NothingImproves_StartsAgainElsewhere()
    {
        var space = new SearchSpace([new("x", 0, 1, 0.5)]);
        var strategy = new TurboStrategy(space, new TurboOptions { InitialPoints = 8 });
        List<Candidate> asked = BayesianStrategyTests.Run(strategy, x => Math.Abs(x[0] - 0.5), 60, 1);
        double[] distances = [.. asked.Select(candidate => Math.Abs(candidate.Coefficients[0] - 0.5))];
        int narrow = Array.FindIndex(distances, 8, distance => distance is > 0 and < 0.05);
        Assert.That(narrow, Is.GreaterThan(0));
        Assert.That(distances.Skip(narrow).Max(), Is.GreaterThan(0.3));
        Assert.That(strategy.Recommend()!.Coefficients[0], Is.EqualTo(0.5).Within(1e-3));
    }
}
