using Search.Benchmarks;

namespace Search.Tests.Benchmarks;

public sealed class BenchmarkSuiteTests
{
    // The peers' definitions in numpy 1.24.2: the first coordinate of the start and the value at the origin.
    [TestCase("plain", "sphere", 5, 3, 1.5759300542569443, 5.302654201992813)]
    [TestCase("plain", "ellipsoid", 5, 3, 1.9646358396808887, 1258418.7903679942)]
    [TestCase("plain", "ellipsoid_rot", 5, 3, 3.1478591250974324, 3897730.710808139)]
    [TestCase("plain", "rosenbrock", 5, 3, -2.8288623815691327, 31193.410479594382)]
    [TestCase("plain", "rastrigin", 5, 3, 0.13780687976024808, 60.3530918779591)]
    [TestCase("plain", "ackley", 5, 3, -0.9966534128234859, 9.669911265183243)]
    [TestCase("high", "sphere", 100, 1, -0.3777211878597342, 577.9574233590606)]
    [TestCase("high", "ellipsoid", 100, 1, -0.3777211878597342, 56401627.95285501)]
    [TestCase("high", "cigar_rot1", 100, 1, -0.3777211878597342, 574019540.2143978)]
    [TestCase("high", "blockelli", 100, 1, -0.3777211878597342, 681753.3061798293)]
    [TestCase("high", "rosenbrock", 100, 1, -0.3777211878597342, 667995.9576926298)]
    public void Problems_SameSeeds_AreThePeers(string suite, string name, int n, int run, double start, double value)
    {
        BenchmarkProblem problem = Problem(suite, name, n, run);
        Assert.Multiple(() =>
        {
            Assert.That(problem.Space.Coefficients[0].Initial, Is.EqualTo(start).Within(1e-12));
            Assert.That(problem.Objective(new double[n]), Is.EqualTo(value).Within(1e-9 * value));
        });
    }

    // The peers' definition in numpy: measured and true mean accuracy in the centre and along the diagonal of the box.
    [TestCase(4, 0.64, 0.6370792629556206, 0.335, 0.32485187787765085)]
    [TestCase(12, 0.7125, 0.7250217084586177, 0.51, 0.502410781665793)]
    public void MergeLikeTask_SameSeed_IsThePeers(int n, double measured, double accuracy, double measuredOnRamp, double accuracyOnRamp)
    {
        var task = new MergeLikeTask(n, 2);
        double[] centre = [.. Enumerable.Repeat(0.5, n)];
        double[] ramp = [.. Enumerable.Range(0, n).Select(i => i / (n - 1.0))];
        Assert.Multiple(() =>
        {
            Assert.That(task.Measure(centre), Is.EqualTo(measured).Within(1e-12));
            Assert.That(task.Measure(ramp), Is.EqualTo(measuredOnRamp).Within(1e-12));
            Assert.That(task.Optimism(centre), Is.EqualTo(100 * (measured - accuracy)).Within(1e-9));
            Assert.That(task.Gap(ramp) - task.Gap(centre), Is.EqualTo(100 * (accuracy - accuracyOnRamp)).Within(1e-9));
        });
    }

    [Test]
    public void MergeLikeTask_AnyPoint_IsNoBetterThanTheBest()
    {
        var task = new MergeLikeTask(4, 0);
        var random = new Rng(1, 0, 0);
        Assert.That(Enumerable.Range(0, 20_000).Min(_ => task.Gap([.. Enumerable.Range(0, 4).Select(_ => random.NextUniform())])), Is.InRange(0, 2));
    }

    [TestCase("branin", 2, new[] { 0.3, 0.6 }, 23.14392287629584 - 0.39788735772973816)]
    [TestCase("branin", 2, new[] { 0.5427728435726529, 0.15166666666666667 }, 0)]
    [TestCase("hartmann6", 6, new[] { 0.5, 0.5, 0.5, 0.5, 0.5, 0.5 }, -0.5053149917022333 + 3.322368011391339)]
    [TestCase("hartmann6", 6, new[] { 0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573 }, 0)]
    [TestCase("ackley10", 10, new[] { 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5 }, 7.402669788939688)]
    public void Problems_Small_HaveTheKnownValues(string name, int n, double[] point, double regret) =>
        Assert.That(Problem("gp", name, n, 0).Objective(point), Is.EqualTo(regret).Within(1e-6));

    // Clipping the unbounded optimum into the box gives the bounded one, of value zero.
    [TestCase("boundary_sphere")]
    [TestCase("boundary_elli")]
    public void Problems_Box_AreZeroOnTheBoundOnly(string name)
    {
        BenchmarkProblem problem = Problem("box", name, 10, 0);
        double[] best = [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? 1 : 0.3)];
        Assert.Multiple(() =>
        {
            Assert.That(problem.Objective(best), Is.Zero.Within(1e-12));
            Assert.That(problem.Objective([0.999, .. best[1..]]), Is.Positive);
        });
    }

    [TestCase("plain", 360)]
    [TestCase("bbob", 432)]
    [TestCase("box", 20)]
    [TestCase("high", 20)]
    [TestCase("gp", 30)]
    [TestCase("merge", 120)]
    [TestCase("brief", 200)]
    [TestCase("mixed", 60)]
    [TestCase("overhead", 0)]
    public void Problems_Protocol_HasSoManyRuns(string suite, int count) => Assert.That(BenchmarkSuite.Problems(suite).Count(), Is.EqualTo(count));

    [TestCase("separable")]
    [TestCase("interacting")]
    public void Mixed_EveryCoefficientAtItsBest_IsZero(string name)
    {
        BenchmarkProblem problem = Problem("mixed", name, 6, 0);
        double Least(double first, double second)
        {
            double[] x = [0.5, 0.5, 0, 0, first, second];
            for (int i = 0; i < 4; i++)
            {
                double[] values = [.. Enumerable.Range(0, i < 2 ? 10_001 : 10).Select(k => i < 2 ? k / 10_000.0 : k)];
                x[i] = values.MinBy(value => problem.Objective([.. x[..i], value, .. x[(i + 1)..]]));
            }

            return problem.Objective(x);
        }

        double[] least = [.. from first in Enumerable.Range(0, 4) from second in Enumerable.Range(0, 4) select Least(first, second)];
        Assert.That(least.Min(), Is.InRange(0, 1e-7));
        Assert.That(least.Count(value => value < 0.02), Is.EqualTo(1), "a wrong category costs something");
    }

    private static BenchmarkProblem Problem(string suite, string name, int n, int run) =>
        BenchmarkSuite.Problems(suite, [n], run + 1).First(problem => problem.Name == name && problem.Run == run);
}
