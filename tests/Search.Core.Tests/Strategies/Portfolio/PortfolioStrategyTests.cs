using Search.Strategies;
using Search.Strategies.Portfolio;

namespace Search.Tests.Strategies.Portfolio;

public sealed class PortfolioStrategyTests
{
    [Test]
    public void Search_SmoothScore_ConvergesBeyondTheSurface()
    {
        PortfolioStrategy strategy = Run(3, 900, null, x => x.Select((v, i) => Math.Pow(30, i) * (v - 0.3) * (v - 0.3)).Sum());
        Assert.That(strategy.Recommend()!.Coefficients, Is.All.EqualTo(0.3).Within(1e-5));
        Assert.That(strategy.Recommend()!.Basis, Does.Not.Contain("surface"));
    }

    [Test]
    public void Search_QuantisedScore_KeepsToTheSurface()
    {
        PortfolioStrategy strategy = Run(3, 400, null, x => Math.Round(100 * x.Sum(v => (v - 0.3) * (v - 0.3))) / 100);
        Assert.That(strategy.Recommend()!.Basis, Does.Contain("surface"));
        Assert.That(strategy.Recommend()!.Coefficients, Is.All.EqualTo(0.3).Within(0.03));
    }

    [Test]
    public void Search_EarlyTrialsFail_ConvergesLaterOnly()
    {
        var strategy = new PortfolioStrategy(Box(3), new StrategyContext(1, 1, null));
        int told = 0;
        for (int scored = 0; scored < 80;)
        {
            foreach (Candidate candidate in strategy.Ask(strategy.PopulationSize))
            {
                double? score = told++ < 120 ? null : candidate.Coefficients.Sum(v => (v - 0.3) * (v - 0.3));
                strategy.Tell([new Verdict(candidate, score is { } value ? [value] : null)]);
                scored += score is null ? 0 : 1;
            }
        }

        Assert.That(strategy.Recommend()!.Basis, Is.EqualTo("lowest posterior mean"));
        Tell(strategy, 300, x => x.Sum(v => (v - 0.3) * (v - 0.3)));
        Assert.That(strategy.Recommend()!.Basis, Does.Contain("mean of the distribution").Or.Contain("means"));
    }

    [Test]
    public void Search_BudgetEndsSoonAfterTheOpening_KeepsToTheModel() =>
        Assert.That(Run(3, 110, 110, x => x.Sum(v => (v - 0.3) * (v - 0.3))).Recommend()!.Basis, Is.EqualTo("lowest posterior mean"));

    [Test]
    public void Search_BraninFiftyEvaluations_RegretsAThousandthAtMost()
    {
        double least = double.PositiveInfinity;
        Run(2, 50, 50, u =>
        {
            double x = (15 * u[0]) - 5;
            double bend = (15 * u[1]) - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6;
            double value = (bend * bend) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
            least = Math.Min(least, value);
            return value;
        });
        Assert.That(least - 0.39788735772973816, Is.LessThan(1e-3));
    }

    // Values on a grid of 1/m, of any height, are told apart from others by a handful.
    [TestCase(400, true)]
    [TestCase(3001, true)]
    [TestCase(0, false)]
    public void ScoreGrid_EightValues_IsCoarseWhereTheyAreShares(int examples, bool expected)
    {
        var grid = new ScoreGrid();
        var rng = new Rng(3, 0, 0);
        for (int i = 0; i < 8; i++)
        {
            double value = rng.NextUniform();
            grid.Add(-7 + (examples == 0 ? value : Math.Floor(value * examples) / examples));
        }

        Assert.That(grid.IsCoarse, Is.EqualTo(expected));
    }

    [Test]
    public void Search_Categories_FindsTheBest()
    {
        SearchSpace space = new([new("category", 0, 5, 0) { Kind = CoefficientKind.Categorical }, new("float", 0, 1, 0.5)]);
        var strategy = new PortfolioStrategy(space, new StrategyContext(1, 1, null));
        Tell(strategy, 30, x => (x[0] == 4 ? 0 : 1) + Math.Abs(x[1] - 0.2));
        Assert.That(strategy.Recommend()!.Coefficients[0], Is.EqualTo(4));
        Assert.That(strategy.Recommend()!.Coefficients[1], Is.EqualTo(0.2).Within(0.02));
    }

    [Test]
    public void Ask_AfterTheChange_NumbersGoOn()
    {
        SearchSpace space = Box(2);
        var strategy = new PortfolioStrategy(space, new StrategyContext(1, 1, null));
        var ids = new List<(int Generation, int Index)>();
        while (ids.Count < 200)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            ids.AddRange(candidates.Select(candidate => (candidate.Generation, candidate.Index)));
            strategy.Tell([.. candidates.Select(candidate => new Verdict(candidate, [candidate.Coefficients.Sum(v => (v - 0.31) * (v - 0.31))]))]);
        }

        Assert.That(ids, Is.Ordered.And.Unique);
        Assert.That(ids.Select(id => id.Generation).Distinct(), Is.EqualTo(Enumerable.Range(0, ids[^1].Generation + 1)));
    }

    private static SearchSpace Box(int n) => new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);

    private static PortfolioStrategy Run(int n, int evaluations, long? budget, Func<IReadOnlyList<double>, double> f)
    {
        var strategy = new PortfolioStrategy(Box(n), new StrategyContext(1, 1, budget));
        Tell(strategy, evaluations, f);
        return strategy;
    }

    private static void Tell(PortfolioStrategy strategy, int evaluations, Func<IReadOnlyList<double>, double> f)
    {
        for (int told = 0; told < evaluations && strategy.StopReason is null;)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            strategy.Tell([.. candidates.Select(candidate => new Verdict(candidate, [f(candidate.Coefficients)]))]);
            told += candidates.Count;
        }
    }
}
