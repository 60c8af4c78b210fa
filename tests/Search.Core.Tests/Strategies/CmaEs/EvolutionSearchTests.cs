using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class EvolutionSearchTests
{
    // Median evaluations to 1e-8 of the best of pycma, cmaes and pycma with diagonal decoding from such starts, with a tenth for other starts.
    [TestCase("sphere", 20, 3102)]
    [TestCase("ellipsoid", 10, 2317)]
    [TestCase("rotated", 10, 4363)]
    public void Tell_FullCovariance_NeedsNoMoreEvaluationsThanTheBestPeer(string function, int n, int limit) =>
        Assert.That(Median(EvolutionVariant.Full, function, n, 20_000), Is.LessThanOrEqualTo(limit));

    // What only the low-memory members solve, in fewer dimensions than where that matters.
    [Test]
    public void Tell_VkdOnACigarAlongARandomDirection_FindsTheDirection() =>
        Assert.That(Median(EvolutionVariant.Vkd, "cigar", 40, 30_000), Is.LessThan(30_000));

    [Test]
    public void Tell_CrFmNesOnAnEllipsoid_Solves() =>
        Assert.That(Median(EvolutionVariant.CrFmNes, "ellipsoid", 40, 20_000), Is.LessThan(20_000));

    [Test]
    public void Tell_LearningRateAdaptation_SolvesTheSphere() =>
        Assert.That(Median(EvolutionVariant.Patient, "sphere", 5, 20_000), Is.LessThan(20_000));

    [Test]
    public void Tell_RastriginWithIpop_IsSolvedInEveryRun()
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            Assert.That(Evaluations(EvolutionVariant.Full, "rastrigin", 5, seed, 50_000, new IpopRestarts()), Is.LessThan(50_000), $"seed {seed}");
        }
    }

    [Test]
    public void Tell_AStrangerInTheOptimum_MovesTheMeanThere()
    {
        double DistanceAfter(bool isTold)
        {
            var run = new CmaEsRun(new RunStart([2, 2, 2], 0.1), 8);
            double[] x = new double[3];
            run.Sample(1, 0);
            double[] values = new double[8];
            for (int k = 0; k < 8; k++)
            {
                run.Point(k, x);
                values[k] = x.Sum(v => v * v);
            }

            run.Update(values, isTold ? [([0, 0, 0], 0)] : []);
            return run.Mean.Sum(v => v * v);
        }

        Assert.That(DistanceAfter(true), Is.LessThan(DistanceAfter(false)));
    }

    [Test]
    public void Tell_TiesInAnEarlyGeneration_DoublesThePopulationOnce()
    {
        var search = new EvolutionSearch(EvolutionVariant.Full, new RunStart(new double[4], 1), 8, new NoRestarts(), _ => new double[4], 1, doublesForTies: true);
        search.Sample();
        search.Tell([1, 2, 3, 4, 5, 6, 7, 7], []);
        Assert.That(search.Run.Lambda, Is.EqualTo(16));
        search.Sample();
        search.Tell([.. Enumerable.Range(0, 16).Select(i => (double)(i / 2))], []);
        Assert.That(search.Run.Lambda, Is.EqualTo(16));
    }

    [Test]
    public void Next_Bipop_KeepsBothKindsOfRunsLevel()
    {
        var schedule = new BipopRestarts();
        Assert.That(schedule.Next(8, 1000, new Rng(1, 0, 0))!.Lambda, Is.EqualTo(16), "the first run was a small one");
        RestartPlan small = schedule.Next(8, 5000, new Rng(1, 1, 0))!;
        Assert.That(small.Lambda, Is.InRange(8, 16));
        Assert.That(small.SigmaFactor, Is.InRange(0.01, 1));
        Assert.That(small.MaximalGenerations, Is.EqualTo(2500 / small.Lambda));
        Assert.That(schedule.Next(8, 4000, new Rng(1, 2, 0))!.Lambda, Is.EqualTo(32), "5000 evaluations each");
    }

    [Test]
    public void Recommended_ManyMeans_AveragesTheLastHalf()
    {
        var history = new MeanHistory(1);
        for (int i = 1; i <= 1000; i++)
        {
            history.Add([i]);
        }

        Assert.That(history.Recommended()[0], Is.EqualTo(750).Within(20));
    }

    private static int Median(EvolutionVariant variant, string function, int n, int cap) =>
        Enumerable.Range(1, 15).Select(seed => Evaluations(variant, function, n, seed, cap, new NoRestarts())).Order().ElementAt(7);

    private static int Evaluations(EvolutionVariant variant, string function, int n, int seed, int cap, RestartSchedule restarts)
    {
        var rng = new Rng(seed, -2, 0);
        double[] Uniform(Rng numbers) => [.. Enumerable.Range(0, n).Select(_ => (8 * numbers.NextUniform()) - 4)];
        double[] optimum = Uniform(rng);
        double[] direction = new double[n];
        rng.FillGaussian(direction);
        double length = Math.Sqrt(direction.Sum(v => v * v));
        double F(double[] x)
        {
            double[] z = [.. x.Zip(optimum, (a, b) => a - b)];
            double along = z.Zip(direction, (a, b) => a * b).Sum() / length;
            if (function == "rotated")
            {
                z = [.. z.Select((v, i) => v - (2 * along * direction[i] / length))]; // a reflection
            }

            return function switch
            {
                "sphere" => z.Sum(v => v * v),
                "cigar" => (1e6 * (z.Sum(v => v * v) - (along * along))) + (along * along),
                "rastrigin" => z.Sum(v => 10 - (10 * Math.Cos(2 * Math.PI * v)) + (v * v)),
                _ => z.Select((v, i) => Math.Pow(10, 6.0 * i / (n - 1)) * v * v).Sum(),
            };
        }

        var search = new EvolutionSearch(variant, new RunStart(Uniform(rng), 2), CmaEsConstants.DefaultLambda(n), restarts, Uniform, seed, doublesForTies: false);
        double[] point = new double[n];
        for (int evaluations = 0; evaluations < cap && search.StopReason is null;)
        {
            search.Sample();
            double[] values = new double[search.Run.Lambda];
            for (int k = 0; k < values.Length; k++)
            {
                search.Run.Point(k, point);
                values[k] = F(point);
                evaluations++;
                if (values[k] <= 1e-8)
                {
                    return evaluations;
                }
            }

            search.Tell(values, []);
        }

        return cap;
    }
}
