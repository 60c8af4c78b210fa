using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Genetic;

public sealed class CrossoverTests
{
    private const int Pairs = 40_000;

    // The spread factor β of SBX far from bounds has density ½(η + 1)β^η below 1 and ½(η + 1)β^−(η+2) above (Deb and Agrawal 1995, eqs. 3 and 4).
    [TestCase(2)]
    [TestCase(15)]
    public void Cross_SbxFarFromBounds_SpreadHasTheMomentsOfItsDensity(double index)
    {
        double[] spreads = [.. Children(new SimulatedBinaryCrossover(index), 0.4999, 0.5001)
            .Select(children => Math.Abs(children.First - children.Second) / 0.0002).Where(spread => Math.Abs(spread - 1) > 1e-9)];
        Assert.Multiple(() =>
        {
            Assert.That(spreads.Length / (double)Pairs, Is.EqualTo(0.5).Within(0.01), "genes that mix");
            Assert.That(spreads.Count(spread => spread < 1) / (double)spreads.Length, Is.EqualTo(0.5).Within(0.015));
            Assert.That(spreads.Average(), Is.EqualTo(0.5 * (((index + 1) / (index + 2)) + ((index + 1) / index))).Within(0.02));
        });
    }

    [Test]
    public void Cross_SbxFarFromBounds_KeepsTheParentsMean() =>
        Assert.That(Children(new SimulatedBinaryCrossover(5), 0.45, 0.55).Select(children => children.First + children.Second), Is.All.EqualTo(1).Within(1e-12));

    [Test]
    public void Cross_SbxAtBounds_StaysInsideWithoutPilingUpThere()
    {
        double[] children = [.. Children(new SimulatedBinaryCrossover(1), 0.02, 0.95).SelectMany(pair => new[] { pair.First, pair.Second })];
        Assert.That(children, Is.All.InRange(0, 1));
        Assert.That(children.Count(child => child is 0 or 1), Is.LessThan(5));
    }

    [Test]
    public void Cross_SbxWithAFixedRng_GivesTheFormulasNumbers()
    {
        // Deb's code for bounded variables, written out for one gene: parents 0.2 and 0.6, η = 2.
        int seed = Enumerable.Range(0, 100).First(s => new Rng(s, 0, 0).NextUniform() < 0.5);
        double[] first = [0.2];
        double[] second = [0.6];
        new SimulatedBinaryCrossover(2).Cross([0.2], [0.6], first, second, new Rng(seed, 0, 0));

        var rng = new Rng(seed, 0, 0);
        rng.NextUniform();
        double u = rng.NextUniform();
        double Spread(double beta)
        {
            double alpha = 2 - (1 / (beta * beta * beta));
            return u <= 1 / alpha ? Math.Cbrt(u * alpha) : Math.Cbrt(1 / (2 - (u * alpha)));
        }

        double[] expected = [0.5 * (0.8 - (Spread(1 + (2 * 0.2 / 0.4)) * 0.4)), 0.5 * (0.8 + (Spread(1 + (2 * 0.4 / 0.4)) * 0.4))];
        Assert.That(new[] { first[0], second[0] }.Order(), Is.EqualTo(expected).Within(1e-14));
    }

    [Test]
    public void Cross_Blend_IsUniformOnTheWidenedInterval()
    {
        // Parents 0.4 and 0.6, α = 0.5: uniform on [0.3, 0.7], variance 0.4²/12.
        double[] children = [.. Children(new BlendCrossover(0.5), 0.4, 0.6).SelectMany(pair => new[] { pair.First, pair.Second })];
        Assert.Multiple(() =>
        {
            Assert.That(children, Is.All.InRange(0.3, 0.7));
            Assert.That(children.Average(), Is.EqualTo(0.5).Within(0.002));
            Assert.That(children.Average(child => (child - 0.5) * (child - 0.5)), Is.EqualTo(0.16 / 12).Within(2e-4));
            Assert.That(Children(new BlendCrossover(2), 0.1, 0.9).Select(pair => pair.First), Is.All.InRange(0, 1));
        });
    }

    [Test]
    public void Cross_Uniform_EveryGeneIsOneParentsAndTheOtherChildGetsTheOther()
    {
        double[] first = new double[1000];
        double[] second = new double[1000];
        new UniformCrossover().Cross([.. Enumerable.Repeat(0.1, 1000)], [.. Enumerable.Repeat(0.9, 1000)], first, second, new Rng(1, 0, 0));
        Assert.That(first.Count(gene => gene == 0.1), Is.InRange(430, 570));
        Assert.That(first.Zip(second, (a, b) => (a, b)), Is.All.EqualTo((0.1, 0.9)).Or.EqualTo((0.9, 0.1)));
    }

    [Test]
    public void Cross_Arithmetic_ChildrenShareOneWeight()
    {
        double[] first = new double[3];
        double[] second = new double[3];
        new ArithmeticCrossover().Cross([0, 0.2, 1], [1, 0.4, 0], first, second, new Rng(4, 0, 0));
        double weight = first[0];
        Assert.That(weight, Is.InRange(1e-6, 1 - 1e-6));
        Assert.That(first, Is.EqualTo(new[] { weight, 0.2 + (0.2 * weight), 1 - weight }).Within(1e-15));
        Assert.That(second, Is.EqualTo(new[] { 1 - weight, 0.4 - (0.2 * weight), weight }).Within(1e-15));
    }

    private static (double First, double Second)[] Children(ICrossover crossover, double mother, double father)
    {
        var children = new (double, double)[Pairs];
        var rng = new Rng(1, 0, 0);
        double[] first = new double[1];
        double[] second = new double[1];
        for (int i = 0; i < Pairs; i++)
        {
            crossover.Cross([mother], [father], first, second, rng);
            children[i] = (first[0], second[0]);
        }

        return children;
    }
}
