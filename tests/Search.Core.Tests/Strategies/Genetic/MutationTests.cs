using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Genetic;

public sealed class MutationTests
{
    private const int Count = 40_000;

    // Far from bounds |δ| has density (η + 1)(1 − |δ|)^η, whose mean is 1/(η + 2) and mean square 2/((η + 2)(η + 3)).
    [TestCase(20)]
    [TestCase(60)]
    public void Mutate_PolynomialFarFromBounds_StepsHaveTheMomentsOfTheirDensity(double index)
    {
        double[] steps = [.. Mutants(new PolynomialMutation(index), 0.5).Select(mutant => mutant - 0.5)];
        Assert.Multiple(() =>
        {
            Assert.That(steps.Average(), Is.EqualTo(0).Within(0.02 / index));
            Assert.That(steps.Average(Math.Abs), Is.EqualTo(1 / (index + 2)).Within(0.02 / index));
            Assert.That(steps.Average(step => step * step), Is.EqualTo(2 / ((index + 2) * (index + 3))).Within(0.05 / (index * index)));
        });
    }

    [TestCase(0)]
    [TestCase(0.03)]
    [TestCase(1)]
    public void Mutate_PolynomialAtABound_HalfTheStepsToEitherSideAndNoneOutside(double gene)
    {
        double[] mutants = Mutants(new PolynomialMutation(5), gene);
        Assert.That(mutants, Is.All.InRange(0, 1));
        Assert.That(mutants.Count(mutant => mutant <= gene) / (double)Count, gene == 1 ? Is.EqualTo(1) : Is.EqualTo(0.5).Within(0.01));
    }

    [Test]
    public void Mutate_PolynomialWithAFixedRng_GivesTheFormulasNumber()
    {
        double u = new Rng(8, 0, 0).NextUniform();
        double expected = u <= 0.5 ? 0.3 + Math.Pow((2 * u) + ((1 - (2 * u)) * Math.Pow(0.7, 21)), 1 / 21.0) - 1 : 0.3 + 1 - Math.Pow((2 * (1 - u)) + ((2 * (u - 0.5)) * Math.Pow(0.3, 21)), 1 / 21.0);
        Assert.That(new PolynomialMutation().Mutate(0.3, new Rng(8, 0, 0)), Is.EqualTo(expected).Within(1e-15));
    }

    [Test]
    public void Mutate_Gaussian_HasTheDeviationAndMirrorsAtBounds()
    {
        double[] steps = [.. Mutants(new GaussianMutation(0.05), 0.5).Select(mutant => mutant - 0.5)];
        double[] atBound = Mutants(new GaussianMutation(0.1), 0);
        Assert.Multiple(() =>
        {
            Assert.That(steps.Average(), Is.EqualTo(0).Within(1e-3));
            Assert.That(Math.Sqrt(steps.Average(step => step * step)), Is.EqualTo(0.05).Within(1e-3));
            Assert.That(atBound.Average(), Is.EqualTo(0.1 * Math.Sqrt(2 / Math.PI)).Within(2e-3), "the mean of a half-normal number");
            Assert.That(Mutants(new GaussianMutation(1), 0.9), Is.All.InRange(0, 1));
        });
    }

    private static double[] Mutants(IMutation mutation, double gene)
    {
        var rng = new Rng(1, 0, 0);
        return [.. Enumerable.Range(0, Count).Select(_ => mutation.Mutate(gene, rng))];
    }
}
