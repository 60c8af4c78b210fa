using Search.Strategies;
using Search.Strategies.OnePlusOne;

namespace Search.Tests.Strategies.OnePlusOne;

public sealed class OnePlusOneStrategyTests
{
    // Linear convergence: about 5.5 n evaluations for each factor of e² in f, so 1e-10 from 0.2 takes some 600 at n = 5.
    [Test]
    public void Search_FiveDimensionalSphere_ConvergesLinearly()
    {
        var strategy = new OnePlusOneStrategy(Space(5), new OnePlusOneOptions { Seed = 1 });
        Run(strategy, 1000, x => x.Sum(v => (v - 0.3) * (v - 0.3)));
        Assert.That(strategy.Recommend()!.Coefficients.Sum(v => (v - 0.3) * (v - 0.3)), Is.LessThan(1e-10));
    }

    [Test]
    public void Search_OptimumInACorner_Converges()
    {
        var strategy = new OnePlusOneStrategy(Space(4), new OnePlusOneOptions { Seed = 1 });
        Run(strategy, 800, x => x.Sum());
        Assert.That(strategy.Recommend()!.Coefficients, Is.All.LessThan(1e-4));
    }

    [Test]
    public void Ask_FirstCandidate_IsTheStart() =>
        Assert.That(new OnePlusOneStrategy(Space(3), new OnePlusOneOptions()).Ask(5).Single().Coefficients, Is.All.EqualTo(0.5).Within(1e-12));

    [Test]
    public void Learn_BetterTrial_IsTheParentFromThenOn()
    {
        var strategy = new OnePlusOneStrategy(Space(3), new OnePlusOneOptions { Sigma = 1e-6 });
        strategy.Learn([new Observation([0.1, 0.2, 0.9], [3.0]), new Observation([0.5, 0.5, 0.5], [4.0])]);
        Assert.That(strategy.Ask(1)[0].Coefficients, Is.EqualTo(new[] { 0.1, 0.2, 0.9 }).Within(1e-4));
    }

    private static SearchSpace Space(int n) => new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);

    private static void Run(OnePlusOneStrategy strategy, int budget, Func<IReadOnlyList<double>, double> f)
    {
        for (int told = 0; told < budget && strategy.StopReason is null; told++)
        {
            Candidate candidate = strategy.Ask(1)[0];
            strategy.Tell([new Verdict(candidate, [f(candidate.Coefficients)])]);
        }
    }
}
