using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class AcquisitionFunctionTests
{
    private static readonly AcquisitionFunction[] Functions = [new LogExpectedImprovement(), new LogProbabilityOfImprovement(0), new LogProbabilityOfImprovement(0.1), new ConfidenceBound(2)];

    // Maximising a belief N(1, 2²) over an incumbent of 0.5: EI 1.0726894, PI 0.5987063, μ + 2σ = 5. Here the signs are turned.
    [Test]
    public void Evaluate_FixtureB_GivesItsValues()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Math.Exp(new LogExpectedImprovement().Evaluate(-1, 2, -0.5, out _, out _)), Is.EqualTo(1.0726894).Within(1e-7));
            Assert.That(Math.Exp(new LogProbabilityOfImprovement(0).Evaluate(-1, 2, -0.5, out _, out _)), Is.EqualTo(0.5987063).Within(1e-7));
            Assert.That(new ConfidenceBound(2).Evaluate(-1, 2, -0.5, out _, out _), Is.EqualTo(5).Within(1e-12));
        });
    }

    [Test]
    public void Evaluate_Derivatives_AreThoseOfTheValue(
        [Range(0, 3)] int index, [Values(-1.5, 0.2, 30)] double mean, [Values(0.01, 0.7)] double deviation)
    {
        AcquisitionFunction function = Functions[index];
        function.Evaluate(mean, deviation, 0.1, out double ofMean, out double ofDeviation);
        double step = 1e-6 * deviation;
        double meanDifference = (function.Evaluate(mean + step, deviation, 0.1, out _, out _) - function.Evaluate(mean - step, deviation, 0.1, out _, out _)) / (2 * step);
        double deviationDifference = (function.Evaluate(mean, deviation + step, 0.1, out _, out _) - function.Evaluate(mean, deviation - step, 0.1, out _, out _)) / (2 * step);
        Assert.That(ofMean, Is.EqualTo(meanDifference).Within(1e-4 * (1e-3 + Math.Abs(meanDifference))));
        Assert.That(ofDeviation, Is.EqualTo(deviationDifference).Within(1e-4 * (1e-3 + Math.Abs(deviationDifference))));
    }
}
