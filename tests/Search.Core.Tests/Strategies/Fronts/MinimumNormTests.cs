using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class MinimumNormTests
{
    // Désidéri 2012, §4: of u and v, the weight of u is v·(v − u) / |u − v|², within [0, 1].
    [TestCase(new double[] { 1, 0 }, new double[] { 0, 1 }, 0.5)]
    [TestCase(new double[] { 2, 0 }, new double[] { 0, 1 }, 0.2)]
    [TestCase(new double[] { 1, 1 }, new double[] { 3, 3 }, 1)]
    [TestCase(new double[] { 3, 1 }, new double[] { 1, 0 }, 0)]
    [TestCase(new double[] { -1, 0 }, new double[] { 3, 0 }, 0.75)]
    public void Weights_TwoGradients_AreTheClosedForm(double[] u, double[] v, double expected) =>
        Assert.That(MinimumNorm.Weights([u, v]), Is.EqualTo(new[] { expected, 1 - expected }).Within(1e-12));

    [Test]
    public void Weights_GradientsAtRightAngles_AreInverseToTheirSquaredLengths()
    {
        double[] weights = MinimumNorm.Weights([[1, 0, 0], [0, 2, 0], [0, 0, 4]]);
        Assert.That(weights, Is.EqualTo(new[] { 16.0 / 21, 4.0 / 21, 1.0 / 21 }).Within(1e-10));
    }

    [TestCase(1, 3)]
    [TestCase(3, 3)]
    [TestCase(4, 20)]
    [TestCase(8, 4)]
    [TestCase(20, 60)]
    public void Weights_AnyGradients_GiveThePointThatNoneOfThemIsShorterAlong(int count, int dimension)
    {
        var rng = new Rng(5, count, dimension);
        for (int trial = 0; trial < 20; trial++)
        {
            double[][] gradients = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, dimension).Select(_ => (1 + i) * (rng.NextUniform() - 0.3)).ToArray())];
            double[] weights = MinimumNorm.Weights(gradients);
            Assert.That(weights, Is.All.GreaterThanOrEqualTo(0));
            Assert.That(weights.Sum(), Is.EqualTo(1).Within(1e-12));
            double[] point = [.. Enumerable.Range(0, dimension).Select(k => gradients.Zip(weights, (gradient, weight) => weight * gradient[k]).Sum())];
            double square = point.Sum(value => value * value);
            double scale = gradients.Max(gradient => gradient.Sum(value => value * value));

            // The condition of the minimum (theorem 2.2): g · point ≥ |point|² for every gradient, so that a step against the point helps each.
            Assert.That(gradients.Min(gradient => gradient.Zip(point, (a, b) => a * b).Sum()), Is.GreaterThanOrEqualTo(square - (1e-9 * scale)));
        }
    }

    [Test]
    public void Weights_HullAroundZero_GiveZero()
    {
        double[][] gradients = [[1, 0], [-0.5, 1], [-0.5, -1]];
        double[] weights = MinimumNorm.Weights(gradients);
        Assert.That(Enumerable.Range(0, 2).Select(k => gradients.Zip(weights, (gradient, weight) => weight * gradient[k]).Sum()), Is.All.EqualTo(0).Within(1e-9));
    }
}
