using Search.Results.Fronts;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class VolumeGainTests
{
    private const int Draws = 64;

    // Where processes know their functions nearly exactly, all draws agree, and the gain is what the exact hypervolume says.
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void Evaluate_KnownFunctions_IsTheGainOfHypervolume(int objectives)
    {
        double[][] points = RandomData.Points(60, 2, 1);
        (VolumeGain surface, double[][] values) = Create(points, objectives, 12);
        double[] least = [.. Enumerable.Range(0, objectives).Select(m => values.Take(12).Min(one => one[m]))];
        double[] most = [.. Enumerable.Range(0, objectives).Select(m => values.Take(12).Max(one => one[m]))];
        double[] reference = [.. Enumerable.Repeat(1.1, objectives)];
        double[][] Unit(IEnumerable<double[]> some) => [.. some.Select(one => one.Select((value, m) => (value - least[m]) / (most[m] - least[m])).ToArray())];
        double before = Hypervolume.Of(Unit(values.Take(12)), reference);
        int[] gaining = [.. Enumerable.Range(12, 48).Where(i => Exact(i) > 0.01)];
        Assert.That(gaining, Has.Length.GreaterThan(3));
        foreach (int i in gaining)
        {
            Assert.That(Math.Exp(surface.Evaluate(points[i], new double[2])), Is.EqualTo(Exact(i)).Within((0.15 * Exact(i)) + 0.01));
        }

        double Exact(int i) => Hypervolume.Of(Unit([.. values.Take(12), values[i]]), reference) - before;
    }

    [Test]
    public void Evaluate_Gradient_IsThatOfFiniteDifferences()
    {
        double[][] points = RandomData.Points(40, 2, 2);
        (VolumeGain surface, _) = Create(points, 2, 12);
        double[] gradient = new double[2];
        foreach (double[] point in points.Skip(30))
        {
            double height = surface.Evaluate(point, gradient);
            Assert.That(surface.Evaluate([point])[0], Is.EqualTo(height).Within(1e-9));
            for (int i = 0; i < 2; i++)
            {
                double[] after = [.. point];
                double[] before = [.. point];
                after[i] += 1e-6;
                before[i] -= 1e-6;
                double slope = (surface.Evaluate(after, new double[2]) - surface.Evaluate(before, new double[2])) / 2e-6;
                Assert.That(gradient[i], Is.EqualTo(slope).Within(1e-3 * Math.Max(1, Math.Abs(slope))));
            }
        }
    }

    // The processes observe all points; the front is that of the first few.
    private static (VolumeGain Surface, double[][] Values) Create(double[][] points, int objectives, int known)
    {
        double Value(double[] x, int m) => m switch
        {
            0 => (x[0] * x[0]) + (x[1] * x[1]),
            1 => ((1 - x[0]) * (1 - x[0])) + (x[1] * x[1]),
            2 => (x[0] * x[0]) + ((1 - x[1]) * (1 - x[1])),
            _ => ((x[0] - 0.5) * (x[0] - 0.5)) - x[1],
        };
        double[][] values = [.. points.Select(point => Enumerable.Range(0, objectives).Select(m => Value(point, m)).ToArray())];
        var rng = new Rng(1, 0, 0);
        PathDraws[] draws = [.. Enumerable.Range(0, objectives).Select(m => new PathDraws(
            new GaussianProcess(new SquaredExponentialKernel(), new Hyperparameters([1], 4, 1e-8), [0, 0], points, [.. values.Select(row => row[m])]), points, Draws, rng))];
        return (new VolumeGain(draws, Draws, values[..known], points[..known], rng), values);
    }
}
