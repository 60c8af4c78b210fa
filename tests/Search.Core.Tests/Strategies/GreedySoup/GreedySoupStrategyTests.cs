using Search.Strategies;
using Search.Strategies.GreedySoup;

namespace Search.Tests.Strategies.GreedySoup;

public sealed class GreedySoupStrategyTests
{
    private static readonly double[] Models = [1.5, 0.2, 2.2, 0.6];

    [Test]
    public void Search_FourModelsByHand_TriesAndAcceptsInOrder()
    {
        // Score 1 − (θ − 1)²: 0.75, 0.36, −0.44, 0.84. So 0.6 first, with 1.5 the mean is 1.05 (better), with 0.2 0.7667 (worse), with 2.2 1.4333 (worse).
        var strategy = new GreedySoupStrategy(Space(4), 4);
        var tried = new List<(double Theta, double[] Weights)>();
        while (strategy.StopReason is null)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(2);
            Assert.That(candidates, Is.Not.Empty);
            strategy.Tell([.. candidates.Select(candidate =>
            {
                double theta = candidate.Coefficients.Zip(Models, (weight, model) => weight * model).Sum();
                tried.Add((theta, [.. candidate.Coefficients]));
                return new Verdict(candidate, [((theta - 1) * (theta - 1)) - 1]);
            })]);
        }

        Assert.Multiple(() =>
        {
            Assert.That(tried.Select(one => one.Theta), Is.EqualTo(new[] { 1.5, 0.2, 2.2, 0.6, 1.05, 2.3 / 3, 4.3 / 3 }).Within(1e-12));
            Assert.That(tried[4].Weights, Is.EqualTo(new[] { 0.5, 0, 0, 0.5 }).Within(1e-12));
            Assert.That(strategy.Recommend()!.Coefficients, Is.EqualTo(new[] { 0.5, 0, 0, 0.5 }).Within(1e-12));
            Assert.That(strategy.StopReason, Is.EqualTo("greedy soup: 2 of 4 experts are in it"));
        });
    }

    // Scores 0.75, then with 0.2 0.9775 (better), with 2.2 0.91 (worse), with 0.6 0.9456 (worse).
    [Test]
    public void Search_InTheListsOrder_AcceptsWhatIsBetter()
    {
        var strategy = new GreedySoupStrategy(Space(4), 4, SoupOrder.List);
        var scores = new List<double>();
        while (strategy.StopReason is null)
        {
            Candidate candidate = strategy.Ask(9).Single();
            scores.Add(1 - Math.Pow(candidate.Coefficients.Zip(Models, (weight, model) => weight * model).Sum() - 1, 2));
            strategy.Tell([new Verdict(candidate, [-scores[^1]])]);
        }

        Assert.That(scores, Is.EqualTo(new[] { 0.75, 0.9775, 0.91, 0.9456 }).Within(5e-5));
        Assert.That(strategy.Recommend()!.Coefficients, Is.EqualTo(new[] { 0.5, 0.5, 0, 0 }).Within(1e-12));
    }

    [Test]
    public void Search_InTheListsOrderTheFirstFails_TheNextIsTheFirst()
    {
        var strategy = new GreedySoupStrategy(Space(2), 2, SoupOrder.List);
        strategy.Tell([new Verdict(strategy.Ask(1).Single(), null)]);
        Assert.That(strategy.Ask(1).Single().Coefficients, Is.EqualTo(new[] { 0.0, 1 }));
    }

    [Test]
    public void Search_MixturesTieWithTheBest_OnlyOneExpertIsInIt()
    {
        var strategy = new GreedySoupStrategy(Space(6), 3);
        while (strategy.StopReason is null)
        {
            strategy.Tell([.. strategy.Ask(9).Select(candidate => new Verdict(candidate, [1.0]))]);
        }

        Assert.That(strategy.Recommend()!.Coefficients, Is.EqualTo(new[] { 1.0, 0, 0, 1, 0, 0 }), "the first, in both groups");
    }

    [Test]
    public void Search_TwoSimplices_BothGetOneRecipe()
    {
        var strategy = new GreedySoupStrategy(new SearchSpace(Space(5).Coefficients, [new SimplexConstraint(["c0", "c3"]), new SimplexConstraint(["c1", "c4"])]), 5);
        double[][] tried = [.. strategy.Ask(9).Select(candidate => candidate.Coefficients.ToArray())];
        Assert.That(tried, Is.EqualTo(new[] { new[] { 1, 1, 0.3, 0, 0 }, [0, 0, 0.3, 1, 1] }).Within(1e-12));
    }

    [Test]
    public void Search_ExpertsFail_TheyAreLeftOut()
    {
        var strategy = new GreedySoupStrategy(Space(3), 3);
        strategy.Tell([.. strategy.Ask(3).Select((candidate, i) => new Verdict(candidate, i == 1 ? null : [i]))]);
        IReadOnlyList<Candidate> second = strategy.Ask(3);
        Assert.That(second.Single().Coefficients, Is.EqualTo(new[] { 0.5, 0, 0.5 }));
        strategy.Tell([new Verdict(second[0], [-1.0])]);
        Assert.That(strategy.StopReason, Is.EqualTo("greedy soup: 2 of 3 experts are in it"));
    }

    [Test]
    public void Constructor_BoundsWithoutOne_AreRefusedWithTheCoefficient() =>
        Assert.That(() => new GreedySoupStrategy(new SearchSpace([new("a", 0, 1, 0), new("b", 0, 0.9, 0)]), 2), Throws.ArgumentException.With.Message.Contains("'b'"));

    private static SearchSpace Space(int n) => new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"c{i}", -0.5, 1.5, 0.3))]);
}
