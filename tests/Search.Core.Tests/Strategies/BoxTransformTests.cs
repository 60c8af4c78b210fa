using Search.Strategies;

namespace Search.Tests.Strategies;

public sealed class BoxTransformTests
{
    [Test]
    public void Apply_Inverted_GivesTheValueBack([Range(0, 1, 0.0125)] double value) =>
        Assert.That(BoxTransform.Apply(BoxTransform.Invert(value)), Is.EqualTo(value).Within(1e-15));

    [Test]
    public void Apply_InnerValues_AreUnchanged([Values(0.05, 0.3, 0.95)] double value) => Assert.That(BoxTransform.Apply(value), Is.EqualTo(value).Within(1e-15));

    [TestCase(-0.05, 0)]
    [TestCase(1.05, 1)]
    [TestCase(-0.4, 0.3)] // mirrored at −0.05
    [TestCase(2.4, 0.2)] // one period, 2.2, later
    public void Apply_Outside_Mirrors(double u, double value) => Assert.That(BoxTransform.Apply(u), Is.EqualTo(value).Within(1e-12));

    [Test]
    public void Apply_AcrossSeams_IsContinuousAndWithinTheBox()
    {
        double previous = BoxTransform.Apply(-3);
        for (double u = -3; u < 4; u += 1e-4)
        {
            double value = BoxTransform.Apply(u);
            Assert.That(value, Is.InRange(0, 1));
            Assert.That(Math.Abs(value - previous), Is.LessThan(1.01e-4));
            previous = value;
        }
    }
}
