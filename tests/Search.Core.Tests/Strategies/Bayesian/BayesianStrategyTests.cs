using Search.Strategies;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class BayesianStrategyTests
{
    private const double BraninMinimum = 0.39788735772973816;

    private static SearchSpace BraninSpace { get; } = new([new("x", -5, 10, 2.5), new("y", 0, 15, 7.5)]);

    [Test]
    public void Ask_BraninIn40Evaluations_ComesWithinAThousandth()
    {
        double[] regrets = [.. Enumerable.Range(0, 3).Select(seed =>
        {
            var strategy = new BayesianStrategy(BraninSpace, new BayesianOptions { Seed = seed });
            Run(strategy, Branin, 40, 1);
            Recommendation recommendation = strategy.Recommend()!;
            Assert.That(recommendation.Expected, Is.EqualTo(Branin(recommendation.Coefficients)).Within(0.01));
            return Branin(recommendation.Coefficients) - BraninMinimum;
        })];
        Assert.That(regrets.Order().ElementAt(1), Is.LessThan(1e-3));
    }

    [Test]
    public void Ask_BatchesOfEight_AreSpreadAndStillFindTheMinimum()
    {
        var strategy = new BayesianStrategy(BraninSpace, new BayesianOptions { Seed = 2 });
        List<Candidate> asked = Run(strategy, Branin, 62, 8);
        Assert.That(asked.Select(candidate => string.Join(' ', candidate.Coefficients)), Is.Unique);
        Assert.That(Branin(strategy.Recommend()!.Coefficients) - BraninMinimum, Is.LessThan(1e-2));
    }

    [Test]
    public void Ask_EveryWayToChoose_IsDeterministicAndSearches([Values("pi", "ucb", "thompson", "hedge")] string acquisition)
    {
        List<Candidate> Path() => Run(new BayesianStrategy(BraninSpace, new BayesianOptions { Seed = 5, Acquisition = acquisition }), Branin, 18, 3);
        List<Candidate> path = Path();
        Assert.That(Path().Select(candidate => candidate.Coefficients), Is.EqualTo(path.Select(candidate => candidate.Coefficients)));
        Assert.That(path.Skip(3).Min(candidate => Branin(candidate.Coefficients)), Is.LessThan(path.Take(3).Min(candidate => Branin(candidate.Coefficients))));
    }

    [Test]
    public void Ask_First_IsTheStartAndTheDesignFollows()
    {
        var strategy = new BayesianStrategy(BraninSpace, new BayesianOptions());
        IReadOnlyList<Candidate> design = strategy.Ask(64);
        Assert.That(design, Has.Count.EqualTo(3), "n + 1, then verdicts must come first");
        Assert.That(design[0].Coefficients, Is.EqualTo(new double[] { 2.5, 7.5 }));
        Assert.That(strategy.Ask(1), Is.Empty);
    }

    [Test]
    public void Learn_EnoughTrials_ReplaceTheDesign()
    {
        var strategy = new BayesianStrategy(BraninSpace, new BayesianOptions());
        strategy.Learn([.. RandomData.Points(30, 2, 1).Select(point => BraninSpace.Decode(point)).Select(x => new Observation(x, [Branin(x)]))]);
        List<Candidate> asked = Run(strategy, Branin, 12, 1);
        Assert.That(asked.Min(candidate => Branin(candidate.Coefficients)) - BraninMinimum, Is.LessThan(0.02));
    }

    // A category shifts the minimum, an integer adds to it: (0.3, category 2, integer 5) is the only place with a value of 0.
    [Test]
    public void Ask_MixedSpace_FindsTheLevels()
    {
        var space = new SearchSpace(
            [new("x", 0, 1, 0.5), new("category", 0, 3, 0) { Kind = CoefficientKind.Categorical }, new("integer", 0, 40, 20) { Kind = CoefficientKind.Integer }]);
        double Objective(IReadOnlyList<double> x) => Math.Pow(x[0] - 0.3, 2) + (x[1] == 2 ? 0 : 0.2 + (0.1 * x[1])) + Math.Pow((x[2] - 5) / 40, 2);
        var strategy = new BayesianStrategy(space, new BayesianOptions());
        Run(strategy, Objective, 40, 1);
        IReadOnlyList<double> best = strategy.Recommend()!.Coefficients;
        Assert.That(best[0], Is.EqualTo(0.3).Within(0.01));
        Assert.That(best.Skip(1), Is.EqualTo(new double[] { 2, 5 }));
    }

    // The lowest of many noisy outcomes is luck; the mean of the model is nearer to the truth.
    [Test]
    public void Recommend_NoisyObjective_IsNotTheLuckiest()
    {
        var rng = new Rng(4, 0, 0);
        var space = new SearchSpace([new("x", 0, 1, 0.5)]);
        var strategy = new BayesianStrategy(space, new BayesianOptions());
        double luckiest = double.PositiveInfinity;
        Run(strategy, x =>
        {
            double value = Math.Pow(x[0] - 0.4, 2) + (0.05 * rng.NextGaussian());
            luckiest = Math.Min(luckiest, value);
            return value;
        }, 40, 1);
        Recommendation recommendation = strategy.Recommend()!;
        Assert.That(recommendation.Coefficients[0], Is.EqualTo(0.4).Within(0.15));
        Assert.That(recommendation.Expected, Is.EqualTo(0).Within(0.03));
        Assert.That(luckiest, Is.LessThan(-0.05));
    }

    [Test]
    public void Constructor_BadSettings_NameTheRuleAndTheValue()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new BayesianStrategy(BraninSpace, new BayesianOptions { Acquisition = "magic" }), Throws.ArgumentException.With.Message.Contains("'magic'").And.Message.Contains("log_ei"));
            Assert.That(() => new BayesianStrategy(BraninSpace, new BayesianOptions { InitialPoints = 1 }), Throws.ArgumentException.With.Message.Contains("at least 2, got 1"));
            Assert.That(() => new BayesianStrategy(BraninSpace, new BayesianOptions { BatchSize = 65 }), Throws.ArgumentException.With.Message.Contains("got 65"));
            var wide = new SearchSpace([.. Enumerable.Range(0, 400).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);
            Assert.That(() => new BayesianStrategy(wide, new BayesianOptions()), Throws.ArgumentException.With.Message.Contains("at most 337 free numbers, this space has 400: use cma_es"));
        });
    }

    internal static double Branin(IReadOnlyList<double> x) =>
        Math.Pow(x[1] - (5.1 / (4 * Math.PI * Math.PI) * x[0] * x[0]) + (5 / Math.PI * x[0]) - 6, 2) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x[0])) + 10;

    internal static List<Candidate> Run(ISearchStrategy strategy, Func<IReadOnlyList<double>, double> objective, int evaluations, int batch)
    {
        var asked = new List<Candidate>();
        while (asked.Count < evaluations)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(Math.Min(batch, evaluations - asked.Count));
            asked.AddRange(candidates);
            strategy.Tell([.. candidates.Select(candidate => new Verdict(candidate, [objective(candidate.Coefficients)]))]);
        }

        return asked;
    }
}
