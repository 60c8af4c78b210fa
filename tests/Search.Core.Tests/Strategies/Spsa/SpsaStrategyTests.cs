using Search.Strategies;
using Search.Strategies.Spsa;

namespace Search.Tests.Strategies.Spsa;

public sealed class SpsaStrategyTests
{
    [TestCase(SpsaGains.Adam, 1)]
    [TestCase(SpsaGains.Adam, 3)]
    [TestCase(SpsaGains.Spall, 3)]
    public void Search_FiveDimensionalSphere_Converges(SpsaGains gains, int directions)
    {
        var strategy = new SpsaStrategy(Space(5), new SpsaOptions { Gains = gains, Directions = directions, Budget = 2000, Seed = 1 });
        for (int told = 0; told < 2000; told += strategy.PopulationSize)
        {
            strategy.Tell([.. strategy.Ask(strategy.PopulationSize).Select(candidate => new Verdict(candidate, [candidate.Coefficients.Sum(v => (v - 0.3) * (v - 0.3))]))]);
        }

        Assert.That(strategy.Recommend()!.Coefficients.Sum(v => (v - 0.3) * (v - 0.3)), Is.LessThan(1e-3));
    }

    [Test]
    public void Ask_Pair_LiesOppositeAroundTheStart()
    {
        IReadOnlyList<Candidate> pair = new SpsaStrategy(Space(6), new SpsaOptions { Perturbation = 0.1 }).Ask(10);
        Assert.That(pair, Has.Count.EqualTo(2));
        Assert.That(pair[0].Coefficients.Select(x => Math.Abs(x - 0.5)), Is.All.EqualTo(0.1).Within(1e-12));
        Assert.That(pair[0].Coefficients.Zip(pair[1].Coefficients, (a, b) => a + b), Is.All.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Tell_FirstStepOfSpallsGains_HasTheSizeAsked()
    {
        var strategy = new SpsaStrategy(Space(4), new SpsaOptions { Gains = SpsaGains.Spall, Step = 0.02, Directions = 1 });
        strategy.Tell([.. strategy.Ask(2).Select((candidate, i) => new Verdict(candidate, [i == 0 ? 1.0 : 3.0]))]);
        IReadOnlyList<Candidate> next = strategy.Ask(2);
        double[] centre = [.. next[0].Coefficients.Zip(next[1].Coefficients, (a, b) => (a + b) / 2)];
        Assert.That(centre.Select(x => Math.Abs(x - 0.5)), Is.All.EqualTo(0.02).Within(1e-9));
    }

    [Test]
    public void Tell_HalfAPairFailed_StaysWhereItIs()
    {
        var strategy = new SpsaStrategy(Space(4), new SpsaOptions());
        strategy.Tell([.. strategy.Ask(2).Select((candidate, i) => new Verdict(candidate, i == 0 ? null : [3.0]))]);
        IReadOnlyList<Candidate> next = strategy.Ask(2);
        Assert.That(next[0].Coefficients.Zip(next[1].Coefficients, (a, b) => a + b), Is.All.EqualTo(1).Within(1e-12));
    }

    private static SearchSpace Space(int n) => new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);
}
