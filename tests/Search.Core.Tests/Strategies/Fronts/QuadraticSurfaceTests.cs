using Search.Results.Fronts;
using Search.Strategies.Fronts;
using Search.Strategies.Sampling;

namespace Search.Tests.Strategies.Fronts;

public sealed class QuadraticSurfaceTests
{
    [Test]
    public void Fit_ExactlyAsManyPointsAsCoefficients_RecoversTheFunction([Values(2, 3, 4, 8)] int n, [Values("plain", "sigmoid", "softplus")] string link, [Values(1, 2, 3)] int seed)
    {
        int count = QuadraticSurface.Count(n, true);
        Assert.That(count, Is.EqualTo(n switch { 2 => 6, 3 => 10, 4 => 15, _ => 45 }));
        Func<double[], double> function = Function(n, link, seed);
        double[][] points = Points(n, count, seed);
        var surface = QuadraticSurface.Fit(points, [.. points.Select(function)], [.. points.Select(_ => 1.0)], true, link);
        Assert.That(surface.Determination, Is.Null, "nothing is left to judge by");
        foreach (double[] point in Points(n, 50, seed + 100))
        {
            Assert.That(surface.Height(point), Is.EqualTo(function(point)).Within(1e-8));
        }
    }

    [Test]
    public void Fit_MorePointsAndWeights_RecoversTheFunctionAndKnowsIt([Values("auto", "sigmoid")] string link)
    {
        Func<double[], double> function = Function(4, "sigmoid", 5);
        double[][] points = Points(4, 40, 5);
        var surface = QuadraticSurface.Fit(points, [.. points.Select(function)], [.. points.Select((_, i) => 1.0 / (1 + (i % 5)))], true, link);
        Assert.That(surface.Link, Is.EqualTo("sigmoid"));
        Assert.That(surface.Determination, Is.EqualTo(1).Within(1e-9));
        Assert.That(surface.Height([0.2, 0.4, 0.9, 0.1]), Is.EqualTo(function([0.2, 0.4, 0.9, 0.1])).Within(1e-8));
    }

    [Test]
    public void Fit_FewerPointsThanCoefficients_MeetsThePointsAndStaysFinite()
    {
        Func<double[], double> function = Function(8, "plain", 4);
        double[][] points = Points(8, 20, 4);
        var surface = QuadraticSurface.Fit(points, [.. points.Select(function)], [.. points.Select(_ => 1.0)], true, "plain");
        double range = points.Max(function) - points.Min(function);
        Assert.That(points.Max(point => Math.Abs(surface.Height(point) - function(point))), Is.LessThan(0.1 * range));
        Assert.That(Points(8, 200, 9).Max(point => Math.Abs(surface.Height(point))), Is.LessThan(10 * range));
    }

    // The residuals of leaving one out, computed by leaving one out.
    [Test]
    public void Determination_NoisyValues_IsWhatLeavingEachPointOutGives()
    {
        var rng = new Rng(3, 0, 0);
        Func<double[], double> function = Function(2, "plain", 6);
        double[][] points = Points(2, 30, 6);
        double[] values = [.. points.Select(point => function(point) + (0.02 * rng.NextGaussian()))];
        double[] ones = [.. points.Select(_ => 1.0)];
        double off = 0;
        for (int left = 0; left < points.Length; left++)
        {
            var without = QuadraticSurface.Fit([.. points.Where((_, i) => i != left)], [.. values.Where((_, i) => i != left)], ones[1..], true, "plain");
            off += Math.Pow(without.Height(points[left]) - values[left], 2);
        }

        double all = values.Select((value, left) => Math.Pow(value - ((values.Sum() - value) / (values.Length - 1)), 2)).Sum();
        var surface = QuadraticSurface.Fit(points, values, ones, true, "plain");
        Assert.That(surface.Determination, Is.EqualTo(1 - (off / all)).Within(0.02));
        Assert.That(surface.Determination, Is.InRange(0.5, 0.9999));
    }

    [Test]
    public void Fit_DiagonalForm_RecoversAFunctionWithoutProducts()
    {
        double[][] points = Points(30, QuadraticSurface.Count(30, false), 1);
        double function(double[] x) => x.Select((v, i) => (1 + (0.1 * i)) * (v - 0.4) * (v - 0.4)).Sum();
        var surface = QuadraticSurface.Fit(points, [.. points.Select(function)], [.. points.Select(_ => 1.0)], false, "plain");
        Assert.That(surface.Height([.. Enumerable.Repeat(0.7, 30)]), Is.EqualTo(function([.. Enumerable.Repeat(0.7, 30)])).Within(1e-8));
    }

    // (1,4), (2,3), (4,1), (1,1), both maximised.
    [Test]
    public void Front_OfTheFixture_IsItsFirstThree()
    {
        double[][] points = [[-1, -4], [-2, -3], [-4, -1], [-1, -1]];
        Assert.That(Dominance.Front(points), Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(Hypervolume.Of(points, [0, 0]), Is.EqualTo(9));
    }

    private static Func<double[], double> Function(int n, string link, int seed)
    {
        var rng = new Rng(seed, 7, 7);
        double[,] squares = new double[n, n];
        double[] lines = new double[n];
        for (int i = 0; i < n; i++)
        {
            lines[i] = rng.NextGaussian();
            for (int j = 0; j <= i; j++)
            {
                squares[i, j] = rng.NextGaussian() / n;
            }
        }

        return x =>
        {
            double form = 0.3;
            for (int i = 0; i < n; i++)
            {
                form += lines[i] * (x[i] - 0.5);
                for (int j = 0; j <= i; j++)
                {
                    form += squares[i, j] * (x[i] - 0.5) * (x[j] - 0.5);
                }
            }

            return link switch { "sigmoid" => 1 / (1 + Math.Exp(-form)), "softplus" => Math.Log(1 + Math.Exp(form)), _ => form };
        };
    }

    private static double[][] Points(int n, int count, int seed)
    {
        var sequence = new SobolSequence(n, seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            double[] point = new double[n];
            sequence.Point(i, point);
            return point;
        })];
    }
}
