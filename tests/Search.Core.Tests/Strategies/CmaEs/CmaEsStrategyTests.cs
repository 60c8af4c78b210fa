using Search.Strategies;
using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class CmaEsStrategyTests
{
    [Test]
    public void Search_EightDimensionalSphere_NeedsFewerThan2500Evaluations() =>
        Assert.That(EvaluationsTo(1e-8, 8, x => x.Sum(v => v * v), seed: 1), Is.LessThan(2500));

    // Median evaluations to 1e-8 of Hansen's own pycma on these functions from the same starts (sphere 1,462, ellipsoid 3,883, Rosenbrock 5,018),
    // with a tenth for the few seeds.
    [TestCase("sphere", 1608)]
    [TestCase("ellipsoid", 4271)]
    [TestCase("rosenbrock", 5520)]
    public void Search_TenDimensions_NeedsNoMoreEvaluationsThanPycma(string function, int limit)
    {
        Func<double[], double> f = function switch
        {
            "sphere" => x => x.Sum(v => v * v),
            "ellipsoid" => x => x.Select((v, i) => Math.Pow(10, 6.0 * i / 9) * v * v).Sum(),
            _ => x => Enumerable.Range(0, 9).Sum(i => (100 * Math.Pow(Math.Pow(x[i] + 1, 2) - (x[i + 1] + 1), 2)) + Math.Pow(x[i], 2)),
        };
        int[] evaluations = [.. Enumerable.Range(1, 7).Select(seed => EvaluationsTo(1e-8, 10, f, seed)).Order()];
        Assert.That(evaluations[3], Is.LessThanOrEqualTo(limit), string.Join(" ", evaluations));
    }

    [Test]
    public void Search_OptimumOnBoundsOfHalfTheCoefficients_Converges()
    {
        // The box [0, 1]¹⁰; the optimum's first five coordinates lie at −0.3, outside, the others at 0.3.
        double F(double[] x) => x.Select((v, i) => Math.Pow(v - (i < 5 ? -0.3 : 0.3), 2)).Sum() - (5 * 0.09);
        var strategy = new CmaEsStrategy(Space(10, 0, 1, 0.5), new CmaEsOptions { Seed = 3 });
        Assert.That(Evaluations(strategy, F, 1e-6, 3000), Is.LessThanOrEqualTo(2000));
    }

    // Of the seeds from 1 to 40 all but 18 get there in their first run.
    [Test]
    public void Search_IntegerAndCategory_FindsTheOptimumOfBothAndOfTheRest([Values(1, 2, 3, 4, 18)] int seed)
    {
        var space = new SearchSpace(
        [
            .. Space(2, -1, 1, 0.9).Coefficients,
            new("integer", -3, 8, -3) { Kind = CoefficientKind.Integer },
            new("category", 0, 5, 0) { Kind = CoefficientKind.Categorical },
        ]);
        double F(double[] x) => Math.Pow(x[0] - 0.2, 2) + Math.Pow(x[1] + (0.1 * (x[2] - 5)), 2) + (0.1 * Math.Pow(x[2] - 5, 2)) + (x[3] == 4 ? 0 : 1);
        var strategy = new CmaEsStrategy(space, new CmaEsOptions { Restarts = CmaEsRestarts.Ipop, Seed = seed });
        Assert.That(Evaluations(strategy, F, 1e-8, 3000), Is.LessThanOrEqualTo(3000));
    }

    [Test]
    public void Ask_AnySeed_StaysWithinBounds()
    {
        var strategy = new CmaEsStrategy(Space(3, -0.5, 1.5, 1.5), new CmaEsOptions { Sigma = 0.6, Seed = 5 });
        for (int generation = 0; generation < 50; generation++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Assert.That(candidates.SelectMany(candidate => candidate.Coefficients), Is.All.InRange(-0.5, 1.5));
            strategy.Tell([.. candidates.Select(candidate => new Verdict(candidate, [candidate.Coefficients[0]]))]);
        }
    }

    [Test]
    public void Search_MonotoneTransformOfTheObjective_ProposesTheSameBits() =>
        Assert.That(Path(x => Math.Exp(x.Sum(v => v * v))), Is.EqualTo(Path(x => x.Sum(v => v * v))));

    [Test]
    public void Tell_ShuffledAndInPieces_ProposesTheSameBits() =>
        Assert.That(Path(x => x.Sum(v => v * v), pieces: true), Is.EqualTo(Path(x => x.Sum(v => v * v))));

    [Test]
    public void Ask_OneByOne_ProposesWhatOneCallWould()
    {
        CmaEsStrategy one = New();
        CmaEsStrategy many = New();
        double[][] asked = [.. Enumerable.Range(0, one.PopulationSize).Select(_ => one.Ask(1)[0].Coefficients.ToArray())];
        Assert.That(asked, Is.EqualTo(many.Ask(int.MaxValue / 2).Select(candidate => candidate.Coefficients.ToArray())));
        Assert.That(one.Ask(1), Is.Empty);
    }

    [Test]
    public void Search_FailuresAmongCandidates_StillConverges()
    {
        var strategy = new CmaEsStrategy(Space(4, -5, 5, 3), new CmaEsOptions { Seed = 2 });
        int number = 0;
        double best = double.PositiveInfinity;
        for (int generation = 0; generation < 200; generation++)
        {
            strategy.Tell([.. strategy.Ask(strategy.PopulationSize).Select(candidate =>
            {
                double value = candidate.Coefficients.Sum(v => v * v);
                best = Math.Min(best, value);
                return new Verdict(candidate, number++ % 4 == 0 ? null : [value]);
            })]);
        }

        Assert.That(best, Is.LessThan(1e-6));
    }

    [Test]
    public void Tell_EveryCandidateFailed_KeepsTheMeanAndNarrows()
    {
        CmaEsStrategy strategy = New();
        IReadOnlyList<double> mean = strategy.Mean;
        double sigma = strategy.Sigma;
        strategy.Tell([.. strategy.Ask(strategy.PopulationSize).Select(candidate => new Verdict(candidate, null))]);
        Assert.Multiple(() =>
        {
            Assert.That(strategy.Mean, Is.EqualTo(mean));
            Assert.That(strategy.Sigma, Is.LessThan(sigma));
        });
    }

    [Test]
    public void Search_RandomObjective_DoesNotChangeTheStepSizeSystematically()
    {
        double drift = Enumerable.Range(0, 20).Average(seed =>
        {
            var strategy = new CmaEsStrategy(Space(10, -1e6, 1e6, 0), new CmaEsOptions { Sigma = 1, Seed = seed });
            var rng = new Rng(seed, -1, 0);
            double start = strategy.Sigma;
            for (int generation = 0; generation < 100; generation++)
            {
                strategy.Tell([.. strategy.Ask(strategy.PopulationSize).Select(candidate => new Verdict(candidate, [rng.NextUniform()]))]);
            }

            return Math.Log(strategy.Sigma / start) / 100;
        });
        Assert.That(drift, Is.EqualTo(0).Within(0.03));
    }

    [Test]
    public void Tell_ToldTwice_IsRefused()
    {
        CmaEsStrategy strategy = New();
        var verdict = new Verdict(strategy.Ask(1)[0], [1.0]);
        strategy.Tell([verdict]);
        Assert.That(() => strategy.Tell([verdict]), Throws.ArgumentException.With.Message.Contains("told before"));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void Tell_NotFinite_IsRefused(double value)
    {
        CmaEsStrategy strategy = New();
        Assert.That(() => strategy.Tell([new Verdict(strategy.Ask(1)[0], [value])]), Throws.ArgumentException.With.Message.Contains("finite"));
    }

    [Test]
    public void Search_FlatObjective_StopsAndSaysWhy()
    {
        CmaEsStrategy strategy = New();
        for (int generation = 0; generation < 1000 && strategy.StopReason is null; generation++)
        {
            strategy.Tell([.. strategy.Ask(strategy.PopulationSize).Select(candidate => new Verdict(candidate, [1.0]))]);
        }

        Assert.That(strategy.StopReason, Does.StartWith("tolflatfitness:"));
        Assert.That(strategy.Sigma, Is.GreaterThan(0.01), "a plateau says nothing about the step size");
        Assert.That(strategy.Ask(1), Is.Empty);
    }

    private static CmaEsStrategy New() => new(Space(4, -1, 1, 0.3), new CmaEsOptions { Seed = 7 });

    private static SearchSpace Space(int n, double lower, double upper, double initial) =>
        new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"x{i}", lower, upper, initial))]);

    private static List<double> Path(Func<double[], double> f, bool pieces = false)
    {
        CmaEsStrategy strategy = New();
        var path = new List<double>();
        for (int generation = 0; generation < 25; generation++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            path.AddRange(candidates.SelectMany(candidate => candidate.Coefficients));
            Verdict[] verdicts = [.. candidates.Select(candidate => new Verdict(candidate, [f([.. candidate.Coefficients])]))];
            if (!pieces)
            {
                strategy.Tell(verdicts);
                continue;
            }

            foreach (Verdict[] piece in verdicts.Reverse().Chunk(3))
            {
                strategy.Tell(piece);
            }
        }

        return path;
    }

    // Starts uniformly in [−4, 4]ⁿ with a step size of 2, in a box wide enough not to matter, as the measured peers did.
    private static int EvaluationsTo(double target, int n, Func<double[], double> f, int seed)
    {
        var rng = new Rng(seed, -2, 0);
        var space = new SearchSpace([.. Enumerable.Range(0, n).Select(i => new Coefficient($"x{i}", -100, 100, (8 * rng.NextUniform()) - 4))]);
        return Evaluations(new CmaEsStrategy(space, new CmaEsOptions { Sigma = 2, Seed = seed }), f, target, 10_000 * n);
    }

    private static int Evaluations(CmaEsStrategy strategy, Func<double[], double> f, double target, int limit)
    {
        for (int evaluations = 0; evaluations < limit && strategy.StopReason is null;)
        {
            var verdicts = new List<Verdict>();
            foreach (Candidate candidate in strategy.Ask(strategy.PopulationSize))
            {
                double value = f([.. candidate.Coefficients]);
                evaluations++;
                if (value <= target)
                {
                    return evaluations;
                }

                verdicts.Add(new Verdict(candidate, [value]));
            }

            strategy.Tell(verdicts);
        }

        return int.MaxValue;
    }
}
