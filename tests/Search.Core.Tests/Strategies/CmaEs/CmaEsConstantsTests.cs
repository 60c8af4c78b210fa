using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class CmaEsConstantsTests
{
    // Values of pycma's documentation tests for n = 20.
    [Test]
    public void Constructor_TwentyCoefficients_GivesPycmasConstants()
    {
        int lambda = CmaEsConstants.DefaultLambda(20);
        var constants = CmaEsConstants.Full(20, lambda);
        double[] weights =
        [
            .40240294, .25338908, .16622156, .10437525, .05640348, .01720771, -.05018714, -.14061679, -.22038140, -.29173327, -.35627888, -.41520444,
        ];
        Assert.Multiple(() =>
        {
            Assert.That(lambda, Is.EqualTo(12));
            Assert.That(constants.Mu, Is.EqualTo(6));
            Assert.That(constants.CumulationC, Is.EqualTo(0.171767).Within(1e-6));
            Assert.That(constants.RankOne, Is.EqualTo(0.00437235).Within(1e-8));
            Assert.That(constants.RankMu, Is.EqualTo(0.00921656).Within(1e-8));
            Assert.That(constants.Weights, Is.EqualTo(weights).Within(3e-8));
        });
    }

    // Popular dimensions and the population sizes that mergekit-evolve's optimiser gives them.
    [TestCase(2, 6)]
    [TestCase(8, 10)]
    [TestCase(40, 15)]
    [TestCase(128, 18)]
    public void DefaultLambda_Dimension_IsFourPlusThreeLn(int dimension, int lambda) =>
        Assert.That(CmaEsConstants.DefaultLambda(dimension), Is.EqualTo(lambda));
}
