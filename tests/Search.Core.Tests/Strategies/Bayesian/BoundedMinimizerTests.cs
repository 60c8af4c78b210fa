using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class BoundedMinimizerTests
{
    [Test]
    public void Minimize_Rosenbrock_FindsItsMinimum()
    {
        double[] point = [-1.2, 1];
        double value = BoundedMinimizer.Minimize(Rosenbrock, point, [-2, -2], [2, 2], 300, 1e-9);
        Assert.That(value, Is.LessThan(1e-12));
        Assert.That(point, Is.All.EqualTo(1).Within(1e-5));
    }

    // In [−2, 0.5]² the lowest point of Rosenbrock's function is (0.5, 0.25).
    [Test]
    public void Minimize_MinimumOutsideTheBox_StopsAtTheBound()
    {
        double[] point = [-1.2, -1];
        BoundedMinimizer.Minimize(Rosenbrock, point, [-2, -2], [0.5, 0.5], 300, 1e-9);
        Assert.That(point[0], Is.EqualTo(0.5));
        Assert.That(point[1], Is.EqualTo(0.25).Within(1e-6));
    }

    [Test]
    public void Minimize_NoMoreEvaluationsThanAllowed()
    {
        int calls = 0;
        double[] point = [-1.2, 1];
        BoundedMinimizer.Minimize((x, gradient) => { calls++; return Rosenbrock(x, gradient); }, point, [-2, -2], [2, 2], 17, 0);
        Assert.That(calls, Is.LessThanOrEqualTo(17));
    }

    private static double Rosenbrock(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double sum = 0;
        gradient.Clear();
        for (int i = 0; i + 1 < x.Length; i++)
        {
            double bend = x[i + 1] - (x[i] * x[i]);
            sum += (100 * bend * bend) + ((1 - x[i]) * (1 - x[i]));
            gradient[i] += (-400 * bend * x[i]) - (2 * (1 - x[i]));
            gradient[i + 1] += 200 * bend;
        }

        return sum;
    }
}
