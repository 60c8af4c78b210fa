using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class NormalDistributionTests
{
    // ln(φ(u) + uΦ(u)) computed by mpmath with 60 digits.
    [TestCase(3, 1.09873966532770777)]
    [TestCase(0, -0.918938533204672742)]
    [TestCase(-1, -2.48512102571264134)]
    [TestCase(-5, -16.7443011626609901)]
    [TestCase(-30, -457.724653760598004)]
    [TestCase(-1e3, -500014.734452091158)]
    [TestCase(-1e6, -500000000028.54996)]
    public void LogImprovement_KnownAnswers_ToTwelveDigits(double u, double expected) =>
        Assert.That(NormalDistribution.LogImprovement(u, out _), Is.EqualTo(expected).Within(1e-12 * Math.Max(1, Math.Abs(expected))));

    [TestCase(4)]
    [TestCase(-0.999999)]
    [TestCase(-1.000001)]
    [TestCase(-7)]
    [TestCase(-49.99999)]
    [TestCase(-50.00001)]
    [TestCase(-4000)]
    public void LogImprovement_Slope_IsItsDerivative(double u)
    {
        double step = 1e-5 * Math.Max(1, Math.Abs(u));
        NormalDistribution.LogImprovement(u, out double slope);
        double difference = (NormalDistribution.LogImprovement(u + step, out _) - NormalDistribution.LogImprovement(u - step, out _)) / (2 * step);
        Assert.That(slope, Is.EqualTo(difference).Within(1e-6 * Math.Abs(difference)));
    }

    // scipy.special.erfcx
    [TestCase(0, 1)]
    [TestCase(1, 0.427583576155807)]
    [TestCase(3.99999999, 0.13699945794889645)]
    [TestCase(4.00000001, 0.13699945730122629)]
    [TestCase(10, 0.05614099274382259)]
    [TestCase(1e5, 5.6418958351954685e-06)]
    public void ScaledErfc_KnownAnswers(double x, double expected) =>
        Assert.That(NormalDistribution.ScaledErfc(x), Is.EqualTo(expected).Within(1e-13 * expected));

    [TestCase(-0.999999)]
    [TestCase(-1.000001)]
    [TestCase(2)]
    [TestCase(-300)]
    public void LogCumulative_Slope_IsItsDerivative(double u)
    {
        const double step = 1e-5;
        NormalDistribution.LogCumulative(u, out double slope);
        double difference = (NormalDistribution.LogCumulative(u + step, out _) - NormalDistribution.LogCumulative(u - step, out _)) / (2 * step);
        Assert.That(slope, Is.EqualTo(difference).Within(1e-6 * Math.Abs(difference)));
    }

    [TestCase(1e-9)]
    [TestCase(0.3)]
    [TestCase(0.999)]
    public void Quantile_OfACumulative_IsWhereItCameFrom(double probability) =>
        Assert.That(NormalDistribution.Cumulative(NormalDistribution.Quantile(probability)), Is.EqualTo(probability).Within(1e-12 * probability));
}
