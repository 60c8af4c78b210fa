using Search.Strategies;
using Search.Strategies.AdaMerging;
using Search.Strategies.CmaEs;
using Search.Strategies.Genetic;
using Search.Strategies.OnePlusOne;
using Search.Strategies.Sampling;
using Search.Strategies.Sequence;
using Search.Strategies.Spsa;

namespace Search.Tests.Strategies.Sequence;

public sealed class SequenceContractTests : StrategyContract
{
    [Test]
    public void Ask_SecondStage_StartsAtWhatTheFirstRecommends()
    {
        SearchSpace space = ContractSpaces.Create("box");
        SequenceStrategy strategy = Sequence(space, 1, (60, 0.3), (null, 1e-6));
        var alone = new CmaEsStrategy(space, new CmaEsOptions { Sigma = 0.3, Seed = 1 });
        for (int asked = 0; asked < 60;)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(Math.Min(alone.PopulationSize, 60 - asked));
            asked += candidates.Count;
            IEnumerable<Verdict> Judge(IEnumerable<Candidate> judged) => judged.Select(candidate => new Verdict(candidate, [ContractSpaces.Objective(space, candidate.Coefficients)]));
            alone.Tell([.. Judge(alone.Ask(candidates.Count))]);
            strategy.Tell([.. Judge(candidates)]);
        }

        Assert.That(strategy.Ask(1)[0].Coefficients, Is.EqualTo(alone.Recommend()!.Coefficients).Within(1e-4));
    }

    // The best that was told lies elsewhere: at the first point, by luck.
    [TestCaseSource(nameof(Followers))]
    public void Ask_SecondStage_AsksForWhatTheFirstRecommendsNotForTheBestSeen(StrategySettings follower, int count)
    {
        SearchSpace space = ContractSpaces.Create("box");
        var strategy = new SequenceStrategy(space, [new(Cma(0.1), 60), new(follower, null)], new StrategyContext(1, 1, null));
        IReadOnlyList<double>? recommended = null;
        for (int asked = 0; asked < 60;)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(Math.Min(strategy.PopulationSize, 60 - asked));
            bool isFirst = asked == 0;
            asked += candidates.Count;
            Verdict[] verdicts = [.. candidates.Select((candidate, index) => new Verdict(candidate, [isFirst && index == 0 ? -100 : ContractSpaces.Objective(space, candidate.Coefficients)]))];
            if (asked == 60)
            {
                strategy.Tell(verdicts[..^1]);
                recommended = strategy.Recommend()!.Coefficients; // the unfinished generation changes nothing
                verdicts = verdicts[^1..];
            }

            strategy.Tell(verdicts);
        }

        IReadOnlyList<Candidate> first = strategy.Ask(count);
        Assert.That(
            Enumerable.Range(0, space.Dimension).Select(i => first.Average(candidate => candidate.Coefficients[i])),
            Is.EqualTo(recommended!).Within(0.02 * space.Coefficients.Max(coefficient => coefficient.Upper - coefficient.Lower)));
    }

    [Test]
    public void Ask_CmaEsWithoutAStepSize_HasTheRecommendationAsItsMean()
    {
        SearchSpace space = ContractSpaces.Create("box").StartingAt([.. ContractSpaces.Create("box").Coefficients.Select(coefficient => (0.25 * coefficient.Lower) + (0.75 * coefficient.Upper))]);
        var strategy = new CmaEsStrategy(space, new CmaEsOptions { Seed = 1 });
        double before = strategy.Sigma;
        strategy.Learn([.. Enumerable.Range(0, 50).Select(k => new Observation([.. space.Coefficients.Select(coefficient => coefficient.Lower + (0.01 * k * (coefficient.Upper - coefficient.Lower)))], [k]))]);
        Assert.That(strategy.Mean, Is.EqualTo(space.Coefficients.Select(coefficient => coefficient.Initial)).Within(1e-9));
        Assert.That(strategy.Sigma, Is.Not.EqualTo(before), "the trials say how wide");
    }

    [Test]
    public void Ask_AllStagesSpent_SaysSo()
    {
        SearchSpace space = ContractSpaces.Create("box");
        SequenceStrategy strategy = Sequence(space, 1, (3, 0.3), (4, 0.1));
        int asked = 0;
        while (strategy.Ask(5) is { Count: > 0 } candidates)
        {
            asked += candidates.Count;
            strategy.Tell([.. candidates.Select(candidate => new Verdict(candidate, [1.0]))]);
        }

        Assert.That((asked, strategy.StopReason), Is.EqualTo((7, "the 7 evaluations of the sequence are spent")));
    }

    [Test]
    public void Constructor_StageWithoutItsNumber_IsRefused() =>
        Assert.That(() => Sequence(ContractSpaces.Create("box"), 1, (null, 0.1), (5, 0.1)), Throws.ArgumentException.With.Message.Contains("each but the last"));

    [Test]
    public void Constructor_StageWhoseOwnEvaluationsItRefuses_IsRefusedAtOnce()
    {
        SequenceStage[] stages = [new(new SobolSettings(), 50), new(Cma(0.2, 20), 10)];
        Assert.That(
            () => new SequenceStrategy(ContractSpaces.Create("box"), stages, new StrategyContext(1, 1, 1000)),
            Throws.ArgumentException.With.Message.Contains("20 candidates here: the budget must allow that many evaluations, got 10"));
    }

    // A budget that ends earlier may be raised later.
    [TestCase(30)]
    [TestCase(50)]
    [TestCase(null)]
    public void Tell_LastStageBeyondTheBudget_GoesOnAsWithoutOne(long? budget)
    {
        SequenceStage[] stages = [new(new SobolSettings(), 50), new(Cma(0.2, 20), null)];
        var strategy = new SequenceStrategy(ContractSpaces.Create("box"), stages, new StrategyContext(1, 1, budget));
        for (int asked = 0; asked < 50;)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(50 - asked);
            asked += candidates.Count;
            strategy.Tell([.. candidates.Select(candidate => new Verdict(candidate, [1.0]))]);
        }

        Assert.That(strategy.Ask(64), Has.Count.EqualTo(20));
    }

    protected override ISearchStrategy Create(SearchSpace space, long seed) => Sequence(space, seed, (11, 0.3), (13, 0.2), (null, 0.1));

    private static IEnumerable<TestCaseData> Followers() =>
    [
        new TestCaseData(new SpsaSettings(new SpsaOptions { Perturbation = 0.001 }), 2).SetArgDisplayNames("spsa"), // a pair, the iterate in its middle
        new TestCaseData(new OnePlusOneSettings(0.1, 1), 1).SetArgDisplayNames("one_plus_one"),
        new TestCaseData(new AdaMergingSettings(new AdaMergingOptions()), 1).SetArgDisplayNames("adamerging"),
        new TestCaseData(new GeneticSettings(new GeneticOptions()), 1).SetArgDisplayNames("genetic"),
    ];

    private static CmaEsSettings Cma(double? sigma, int? population = null) => new(new CmaEsOptions { Sigma = sigma, PopulationSize = population });

    private static SequenceStrategy Sequence(SearchSpace space, long seed, params (long? Evaluations, double Sigma)[] stages) => new(
        space,
        [.. stages.Select(stage => new SequenceStage(new CmaEsSettings(new CmaEsOptions { Sigma = stage.Sigma }), stage.Evaluations))],
        new StrategyContext(seed, 1, null));
}
