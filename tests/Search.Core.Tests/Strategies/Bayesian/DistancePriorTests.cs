using Search.Strategies;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class DistancePriorTests
{
    private static readonly double[] Factors = [4, 0.5, 1];

    // A process that is alike in all directions of x·s is the shifted one of x: covariances see x·s/ℓ only.
    [Test]
    public void Evaluate_ShiftedPrior_IsThePlainPriorOnRescaledInputs([Values] bool learnsSignal)
    {
        HyperPrior inner = learnsSignal ? new OptunaPrior() : new DimensionScaledPrior();
        var prior = new DistancePrior(inner, [.. Factors.Select(factor => -Math.Log(factor))]);
        double[][] points = RandomData.Points(20, 3, 1);
        double[] values = [.. points.Select(RandomData.Smooth)];
        var shifted = new MarginalLikelihood(new Matern52Kernel(), prior, [0, 1, 2], points, values);
        var plain = new MarginalLikelihood(new Matern52Kernel(), inner, [0, 1, 2], [.. points.Select(point => point.Zip(Factors, (x, factor) => x * factor).ToArray())], values);
        double[] logarithms = [Math.Log(0.7), Math.Log(1.1), Math.Log(0.4), learnsSignal ? 0.2 : 0, -4];
        double[] moved = [.. logarithms.Zip([.. Factors, 1, 1], (logarithm, factor) => logarithm - Math.Log(factor))];
        double[] gradient = new double[5];
        double[] expected = new double[5];
        Assert.That(shifted.Evaluate(moved, gradient), Is.EqualTo(plain.Evaluate(logarithms, expected)).Within(1e-10));
        Assert.That(gradient, Is.EqualTo(expected).Within(1e-10));
        Assert.That(prior.Start(3), Is.EqualTo(inner.Start(3).Zip([.. Factors, 1, 1], (start, factor) => start - Math.Log(factor))).Within(1e-15));
        Assert.That(prior.LearnsSignalVariance, Is.EqualTo(learnsSignal));
    }

    [Test]
    public void Shifts_KnownDistances_AreHalfTheLogarithmsOfTheMeanOverThem()
    {
        Assert.That(DistancePrior.Shifts([1, 4, null, 0, 2]), Is.EqualTo([Math.Log(2) / 2, -Math.Log(2) / 2, 0, Math.Log(10) / 2, 0]).Within(1e-15), "the mean is 2");
        Assert.That(DistancePrior.Shifts([1e-4, 1, 1e4]), Is.EqualTo([Math.Log(10) / 2, 0, -Math.Log(10) / 2]).Within(1e-15));
        Assert.That(DistancePrior.Shifts([null, null]), Is.EqualTo([0.0, 0]));
    }

    // Coefficient i moves the model by i + 1 a unit, at right angles to the others.
    [Test]
    public void Of_SpacesOfAllKinds_MeasuresTheirAxesFromEndToEnd()
    {
        Assert.Multiple(() =>
        {
            AssertAxes("box", 2, 4, 6, 8);
            AssertAxes("fixed", 2, 6, 8);
            AssertAxes("tied", 2 * Math.Sqrt(1 + 9 + 16), 4);
            AssertAxes("log", 2, 4, 3 * (10 - 1e-4));
            AssertAxes("integer", 2, 4, 3 * 11);
            AssertAxes("categorical", 2, 4, 3 * 3);
        });
    }

    // From (0, ½, ½) to (1, 0, 0), and from (⅓, 0, ⅔) to (⅓, ⅔, 0).
    [Test]
    public void Of_Simplex_MeasuresHowItsAxesMoveAllOfIt()
    {
        var space = new SearchSpace([.. Enumerable.Range(0, 3).Select(i => new Coefficient($"c{i}", 0, 1, 1.0 / 3))], [new SimplexConstraint(["c0", "c1", "c2"])]);
        Assert.That(Distances(space), Is.EqualTo([Math.Sqrt(1 + 1 + (9 / 4.0)), 2 / 3.0 * Math.Sqrt(4 + 9)]).Within(1e-12));
    }

    [Test]
    public void Of_DistancesUnknown_LeavesTheirAxesAlone()
    {
        SearchSpace space = ContractSpaces.Create("box");
        HyperPrior prior = DistancePrior.Of(space, (a, b) => a[0] == b[0] ? null : 5);
        Assert.That(prior.Start(4), Is.EqualTo(new OptunaPrior().Start(4)));
    }

    [Test]
    public void Of_NoModels_IsRefused() => Assert.That(
        () => new BayesianStrategy(ContractSpaces.Create("box"), new BayesianOptions { Prior = "distances" }), Throws.ArgumentException.With.Message.Contains("needs a study"));

    private static void AssertAxes(string name, params double[] expected) => Assert.That(Distances(ContractSpaces.Create(name)), Is.EqualTo(expected).Within(1e-12), name);

    private static List<double> Distances(SearchSpace space)
    {
        var measured = new List<double>();
        DistancePrior.Of(space, (a, b) =>
        {
            measured.Add(Math.Sqrt(a.Zip(b).Select((pair, i) => (i + 1) * (pair.First - pair.Second)).Sum(moved => moved * moved)));
            return measured[^1];
        });
        return measured;
    }
}
