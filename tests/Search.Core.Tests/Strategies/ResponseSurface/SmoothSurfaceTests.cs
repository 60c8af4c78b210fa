using Search.Strategies.ResponseSurface;

namespace Search.Tests.Strategies.ResponseSurface;

public sealed class SmoothSurfaceTests
{
    [Test]
    public void Fit_NoisyQuadratic_FindsTheNoiseAndTheHeight()
    {
        var rng = new Rng(1, 0, 0);
        double[][] points = [.. Enumerable.Range(0, 150).Select(_ => new[] { rng.NextUniform(), rng.NextUniform() })];
        var surface = new SmoothSurface(0.6, 4);
        surface.Fit(points, [.. points.Select(point => Quadratic(point) + (0.2 * rng.NextGaussian()))]);
        Assert.Multiple(() =>
        {
            Assert.That(surface.Noise, Is.EqualTo(0.2).Within(0.06));
            Assert.That(surface.Height([0.4, 0.6], new double[2]), Is.EqualTo(Quadratic([0.4, 0.6])).Within(0.12));
        });
    }

    [Test]
    public void Fit_ExactValues_InterpolatesThem()
    {
        double[][] points = [.. Enumerable.Range(0, 25).Select(i => new[] { i % 5 / 4.0, i / 5 / 4.0 })];
        var surface = new SmoothSurface(0.6, 4);
        surface.Fit(points, [.. points.Select(Quadratic)]);
        Assert.That(points.Select(point => surface.Height(point, new double[2]) - Quadratic(point)), Is.All.EqualTo(0).Within(0.02));
        Assert.That(surface.Height([0.37, 0.61], new double[2]), Is.EqualTo(Quadratic([0.37, 0.61])).Within(0.02));
    }

    [Test]
    public void Height_AnyPoint_GradientIsTheDifferenceQuotient()
    {
        var rng = new Rng(2, 0, 0);
        double[][] points = [.. Enumerable.Range(0, 30).Select(_ => new[] { rng.NextUniform(), rng.NextUniform(), rng.NextUniform() })];
        var surface = new SmoothSurface(0.6, 4);
        surface.Fit(points, [.. points.Select(point => Math.Sin(3 * point[0]) + (point[1] * point[2]) + (0.05 * rng.NextGaussian()))]);
        double[] gradient = new double[3];
        double[] at = [0.3, 0.8, 0.1];
        surface.Height(at, gradient);
        for (int j = 0; j < 3; j++)
        {
            double[] ahead = [.. at];
            double[] behind = [.. at];
            (ahead[j], behind[j]) = (at[j] + 1e-5, at[j] - 1e-5);
            double quotient = (surface.Height(ahead, new double[3]) - surface.Height(behind, new double[3])) / 2e-5;
            Assert.That(gradient[j], Is.EqualTo(quotient).Within(1e-5 * Math.Max(1, Math.Abs(quotient))));
        }
    }

    [Test]
    public void Fit_ConstantValues_IsFlat()
    {
        var surface = new SmoothSurface(0.6, 2);
        surface.Fit([[0.1], [0.5], [0.9]], [7, 7, 7]);
        Assert.That(surface.Height([0.3], new double[1]), Is.EqualTo(7).Within(1e-9));
    }

    private static double Quadratic(double[] point) => (5 * (point[0] - 0.4) * (point[0] - 0.4)) + (8 * (point[1] - 0.6) * (point[1] - 0.6)) + 1;
}
