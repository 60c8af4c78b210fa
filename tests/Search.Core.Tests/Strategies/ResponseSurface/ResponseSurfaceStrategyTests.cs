using Search.Strategies;
using Search.Strategies.ResponseSurface;

namespace Search.Tests.Strategies.ResponseSurface;

public sealed class ResponseSurfaceStrategyTests
{
    [Test]
    public void Search_UnevenQuantisedBowl_RecommendsThePlaceBelowTheUnevenness()
    {
        // A repeatable unevenness of 0.03 on a bowl that rises by 0.07 over a sixth of the range, in steps of 1/400, as accuracies are.
        double True(IReadOnlyList<double> x) => x.Sum(v => (v - 0.4) * (v - 0.4));
        double Measured(IReadOnlyList<double> x) => Math.Round(400 * (True(x) + (0.03 * Math.Sin(40 * x.Select((v, i) => (i + 1) * v).Sum())))) / 400;
        double[] gaps = new double[5];
        for (int seed = 0; seed < 5; seed++)
        {
            var strategy = new ResponseSurfaceStrategy(Space(5), new ResponseSurfaceOptions { Seed = seed });
            Run(strategy, 100, Measured);
            gaps[seed] = True(strategy.Recommend()!.Coefficients);
        }

        Assert.That(gaps.Order().ElementAt(2), Is.LessThan(0.004));
    }

    [Test]
    public void Search_SmoothBowl_RecommendsItsMinimumAndExpectsItsValue()
    {
        var strategy = new ResponseSurfaceStrategy(Space(4), new ResponseSurfaceOptions { Seed = 1 });
        Run(strategy, 100, x => 2 + x.Select((v, i) => (i + 1) * (v - 0.7) * (v - 0.7)).Sum());
        Recommendation recommendation = strategy.Recommend()!;
        Assert.That(recommendation.Coefficients, Is.All.EqualTo(0.7).Within(0.02));
        Assert.That(recommendation.Expected, Is.EqualTo(2).Within(0.01));
    }

    [Test]
    public void Search_OptimumInACorner_Arrives()
    {
        var strategy = new ResponseSurfaceStrategy(Space(4), new ResponseSurfaceOptions { Seed = 1 });
        Run(strategy, 80, x => x.Sum());
        Assert.That(strategy.Recommend()!.Coefficients, Is.All.LessThan(0.02));
    }

    [Test]
    public void Search_OneHugeValueAndFailures_DoNotMatter()
    {
        var strategy = new ResponseSurfaceStrategy(Space(3), new ResponseSurfaceOptions { Seed = 1 });
        int number = 0;
        for (int told = 0; told < 120; told += strategy.PopulationSize)
        {
            strategy.Tell([.. strategy.Ask(strategy.PopulationSize).Select(candidate => ++number % 7 == 0
                ? new Verdict(candidate, null)
                : new Verdict(candidate, [number % 11 == 0 && candidate.Coefficients[0] > 0.5 ? 1e12 : candidate.Coefficients.Sum(v => (v - 0.3) * (v - 0.3))]))]);
        }

        Assert.That(strategy.Recommend()!.Coefficients, Is.All.EqualTo(0.3).Within(0.1));
    }

    [Test]
    public void Ask_FirstGeneration_IsTheStartAndPairsOppositeAroundIt()
    {
        IReadOnlyList<Candidate> candidates = new ResponseSurfaceStrategy(Space(3), new ResponseSurfaceOptions { Sigma = 0.05 }).Ask(100);
        Assert.That(candidates, Has.Count.EqualTo(7));
        Assert.That(candidates[0].Coefficients, Is.All.EqualTo(0.5));
        Assert.That(candidates[1].Coefficients.Zip(candidates[2].Coefficients, (a, b) => a + b), Is.All.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Ask_MinimumStaysInACorner_IsTriedOnce()
    {
        var strategy = new ResponseSurfaceStrategy(Space(2), new ResponseSurfaceOptions { Seed = 1 });
        int corners = 0;
        Run(strategy, 60, x =>
        {
            corners += x.All(v => v == 0) ? 1 : 0;
            return x.Sum();
        });
        Assert.That(corners, Is.EqualTo(1));
    }

    [Test]
    public void Learn_TrialsOfABowl_StartsAtItsMinimum()
    {
        var rng = new Rng(1, 0, 0);
        var strategy = new ResponseSurfaceStrategy(Space(2), new ResponseSurfaceOptions { Sigma = 1e-6 });
        strategy.Learn([.. Enumerable.Range(0, 40).Select(_ =>
        {
            double[] x = [rng.NextUniform(), rng.NextUniform()];
            return new Observation(x, [x.Sum(v => (v - 0.8) * (v - 0.8))]);
        })]);
        Assert.That(strategy.Ask(1)[0].Coefficients, Is.All.EqualTo(0.8).Within(0.02));
    }

    private static SearchSpace Space(int n) => new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);

    private static void Run(ResponseSurfaceStrategy strategy, int budget, Func<IReadOnlyList<double>, double> f)
    {
        for (int told = 0; told < budget; told += strategy.PopulationSize)
        {
            strategy.Tell([.. strategy.Ask(strategy.PopulationSize).Select(candidate => new Verdict(candidate, [f(candidate.Coefficients)]))]);
        }
    }
}
