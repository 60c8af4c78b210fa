using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class OutcomeTransformTests
{
    private static readonly double[] Outcomes = [0.4, 1, 2, 3, 5, 300];

    [Test]
    public void Apply_AnyExponent_StandardisesKeepsTheOrderAndComesBack([Values(-1, -0.5, 0, 0.3, 1)] double lambda)
    {
        var transform = new OutcomeTransform(Outcomes, lambda);
        double[] transformed = transform.Apply(Outcomes);
        Assert.That(transformed, Is.Ordered);
        Assert.That(transformed.Average(), Is.EqualTo(0).Within(1e-12));
        Assert.That(transformed.Average(value => value * value), Is.EqualTo(1).Within(1e-12));
        Assert.That(transformed.Select(transform.Invert), Is.EqualTo(Outcomes).Within(1e-9));
    }

    [Test]
    public void LogJacobian_IsTheLogarithmOfTheSlopes()
    {
        var transform = new OutcomeTransform(Outcomes, -0.4);
        double scale = Math.Sqrt(Outcomes.Average(value => Math.Pow(value - Outcomes.Average(), 2))); // the part that does not depend on λ
        double expected = Outcomes.Sum(value => Math.Log(scale * (transform.Apply([value + 1e-5])[0] - transform.Apply([value - 1e-5])[0]) / 2e-5));
        Assert.That(transform.LogJacobian(Outcomes), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void Apply_HugeOutcomes_StayFiniteAndInOrder([Values(-1, 0, 0.3, 1)] double lambda)
    {
        double[] outcomes = [double.MinValue, -1e200, -1e100, 0, 1, 1e100, 1e200, double.MaxValue];
        double[] transformed = new OutcomeTransform(outcomes, lambda).Apply(outcomes);
        double[] later = new OutcomeTransform(Outcomes, lambda).Apply(outcomes);
        Assert.That(transformed.Concat(later), Is.All.Matches<double>(double.IsFinite));
        Assert.That(transformed, Is.Ordered);
        Assert.That(later, Is.Ordered);
        Assert.That(double.IsFinite(new OutcomeTransform(outcomes, lambda).LogJacobian(outcomes)));
    }

    [Test]
    public void Apply_AllAlike_IsZero() => Assert.That(new OutcomeTransform([3, 3, 3], 1).Apply([3]), Is.EqualTo(new double[] { 0 }));
}
