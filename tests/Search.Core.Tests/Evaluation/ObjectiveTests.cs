using Search.Evaluation;

namespace Search.Core.Tests.Evaluation;

internal sealed class ObjectiveTests
{
    private static readonly TaskScores[] Tasks = [Scores("a", 0.5, 4), Scores("b", 2, 1)];
    private static readonly double[] Lambda = [0.5, -1];
    private static readonly double[] Start = [0.3, 0.3];

    // a: 0.5 + 0.25·4 = 1.5; b: 2 + 0.25·1 = 2.25
    private static readonly Objective Sum = new([new(new Score(ScoreKind.Entropy), 1), new(new Score(ScoreKind.Kl) { Temperature = 2 }, 0.25)]);

    [Test]
    public void Values_EachAggregation_IsTheHandComputedNumber()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(Sum), Is.EqualTo(new[] { 1.875 }));
            Assert.That(Values(Sum with { Aggregate = Aggregation.Max }), Is.EqualTo(new[] { 2.25 }));
            Assert.That(Values(Sum with { Aggregate = Aggregation.None }), Is.EqualTo(new[] { 1.5, 2.25 }));
            Assert.That(Values(Weighted(3, 1)), Is.EqualTo(new[] { 1.6875 }), "(3·1.5 + 2.25) / 4");
        }
    }

    // What is maximised is minimised as its negative, task by task: the worst task is the one with the least score.
    [Test]
    public void Values_ToMaximise_AreTheNegatives()
    {
        Objective most = Sum with { Direction = Direction.Maximize };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(most), Is.EqualTo(new[] { -1.875 }));
            Assert.That(Values(most with { Aggregate = Aggregation.Max }), Is.EqualTo(new[] { -1.5 }));
            Assert.That(Values(most with { Aggregate = Aggregation.None }), Is.EqualTo(new[] { -1.5, -2.25 }));
            Assert.That(Values(most with { Regulariser = new Regulariser(2, 0, 0) }), Is.EqualTo(new[] { -1.875 + 1.5 }), "a penalty stays one");
            Assert.That(most.TaskWeights(Tasks), Is.EqualTo(new[] { new[] { -0.5, -0.125 }, [-0.5, -0.125] }));
            Assert.That((most with { Aggregate = Aggregation.Max }).TaskWeights(Tasks), Is.EqualTo(new[] { new[] { -1, -0.25 }, [-0.0, -0.0] }));
            Assert.That((most.Title, new Objective(ScoreKind.Entropy) { Direction = Direction.Maximize }.Title), Is.EqualTo(("-(entropy + 0.25 kl@2)", "-entropy")));
            Assert.That((most.Minimised(0.9), Sum.Minimised(0.9)), Is.EqualTo((-0.9, 0.9)));
        }
    }

    [Test]
    public void Values_TaskWithoutData_WeighsTheOthersAlone() =>
        Assert.That(Weighted(3, 1).Values([Tasks[1]], Lambda, Start), Is.EqualTo(new[] { 2.25 }));

    [TestCase(2, 0, 0, 1.5)] // 2 · (0.5 + 1) / 2
    [TestCase(0, 2, 0, 1.25)] // 2 · (0.25 + 1) / 2
    [TestCase(0, 0, 2, 1.73)] // 2 · (0.04 + 1.69) / 2
    public void Values_WithARegulariser_AddsIt(double l1, double l2, double distance, double expected)
    {
        Objective objective = Sum with { Regulariser = new Regulariser(l1, l2, distance) };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(objective)[0], Is.EqualTo(1.875 + expected).Within(1e-14));
            Assert.That(Values(objective with { Aggregate = Aggregation.None }), Is.EqualTo(new[] { 1.5 + expected, 2.25 + expected }).Within(1e-14));
        }
    }

    [Test]
    public void Regulariser_OneWeightAnExpert_CountsForEveryGroup()
    {
        var regulariser = new Regulariser(1, 2, 3);

        Assert.That(regulariser.Value([0.5, -1], [0.3, 0.2, 0.3, 0.2]), Is.EqualTo(regulariser.Value([0.5, -1, 0.5, -1], [0.3, 0.2, 0.3, 0.2])));
    }

    [Test]
    public void RegulariserGradient_AnyWeights_EqualsFiniteDifferences()
    {
        var regulariser = new Regulariser(0.7, 1.3, 2.1);
        IReadOnlyList<double> gradient = regulariser.Gradient(Lambda, Start);

        const double Step = 1e-6;
        for (int i = 0; i < Lambda.Length; i++)
        {
            double At(double step) => regulariser.Value([.. Lambda.Select((value, k) => k == i ? value + step : value)], Start);
            Assert.That(gradient[i], Is.EqualTo((At(Step) - At(-Step)) / (2 * Step)).Within(1e-8));
        }
    }

    [Test]
    public void TaskWeights_EachAggregation_AreTheDerivatives()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Sum.TaskWeights(["a", "b"]), Is.EqualTo(new[] { new[] { 0.5, 0.125 }, [0.5, 0.125] }));
            Assert.That((Sum with { Aggregate = Aggregation.None }).TaskWeights(["a"]), Is.EqualTo(new[] { new[] { 1, 0.25 } }), "one task is one value");
            Assert.That(() => (Sum with { Aggregate = Aggregation.None }).TaskWeights(["a", "b"]), Throws.InvalidOperationException);
            Assert.That(Weighted(3, 1).TaskWeights(Tasks), Is.EqualTo(new[] { new[] { 0.75, 0.1875 }, [0.25, 0.0625] }));
            Assert.That((Sum with { Aggregate = Aggregation.Max }).TaskWeights(Tasks), Is.EqualTo(new[] { new[] { 0.0, 0 }, [1, 0.25] }));
            Assert.That((Sum with { Stopped = ["a"] }).TaskWeights(["a", "b"]), Is.EqualTo(new[] { new[] { 0.0, 0 }, [0.5, 0.125] }), "the others keep their shares");
            Assert.That((Weighted(3, 1) with { Stopped = ["b"] }).TaskWeights(Tasks), Is.EqualTo(new[] { new[] { 0.75, 0.1875 }, [0.0, 0] }));
            Assert.That((Sum with { Aggregate = Aggregation.Max, Stopped = ["b"] }).TaskWeights(Tasks), Is.EqualTo(new[] { new[] { 1, 0.25 }, [0.0, 0] }), "the worst of those left");
            Assert.That(() => (Sum with { Aggregate = Aggregation.Max }).TaskWeights(["a", "b"]), Throws.InvalidOperationException);
            Assert.That(() => (Sum with { Aggregate = Aggregation.None }).TaskWeights(Tasks), Throws.InvalidOperationException);
        }
    }

    [Test]
    public void Name_WithSettings_IsUnique()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(new Score(ScoreKind.Kl).Name, Is.EqualTo("kl"));
            Assert.That(new Score(ScoreKind.Kl) { Temperature = 2.5 }.Name, Is.EqualTo("kl@2.5"));
            Assert.That(new Score(ScoreKind.FeatureL2) { Node = "/encoder/out" }.Name, Is.EqualTo("feature_l2:/encoder/out"));
            Assert.That(Score.Kinds.Values, Is.EquivalentTo(Enum.GetValues<ScoreKind>().Except([ScoreKind.Given])), "a command gives its scores names");
            Assert.That(Sum.Title, Is.EqualTo("entropy + 0.25 kl@2"));
            Assert.That(Objective.ScoresOf([Sum, new Objective(ScoreKind.Entropy)]).Select(score => score.Name), Is.EqualTo(new[] { "entropy", "kl@2" }));
        }
    }

    private static Objective Weighted(double a, double b) =>
        Sum with { Aggregate = Aggregation.Weighted, Weights = new Dictionary<string, double> { ["a"] = a, ["b"] = b } };

    private static IReadOnlyList<double> Values(Objective objective) => objective.Values(Tasks, Lambda, Start);

    private static TaskScores Scores(string task, double entropy, double kl) =>
        new(task, new Dictionary<string, double> { ["entropy"] = entropy, ["kl@2"] = kl }, 8, 1);
}
