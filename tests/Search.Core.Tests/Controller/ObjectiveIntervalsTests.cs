using Search.Controller;
using Search.Evaluation;
using Search.Results;

namespace Search.Tests.Controller;

public sealed class ObjectiveIntervalsTests
{
    // The mean of 32 block means has a standard error of s/√32, and percentiles of the bootstrap are nearly normal: ±1.96 of it, less √(31/32).
    [Test]
    public void Of_OneTaskAndTwo_AreAsWideAsTheStandardErrorSays()
    {
        double[] a = Means(1, 0.3);
        double[] b = Means(2, 0.6);
        double Error(double[] means) => Math.Sqrt(means.Average(value => Math.Pow(value - means.Average(), 2)) / means.Length);
        (double Lower, double Upper) mean = new ObjectiveIntervals(Study(new Objective(ScoreKind.Entropy))).Of(Row([2.5], a, b))[0]!.Value;
        double expected = 1.96 * Math.Sqrt(Math.Pow(Error(a), 2) + Math.Pow(Error(b), 2)) / 2;
        Assert.That(mean.Upper - mean.Lower, Is.EqualTo(2 * expected).Within(0.15 * expected));
        Assert.That((mean.Upper + mean.Lower) / 2, Is.EqualTo(2.5).Within(0.1 * expected), "around what the ledger has");

        IReadOnlyList<(double Lower, double Upper)?> each = new ObjectiveIntervals(Study(new Objective(ScoreKind.Entropy, Aggregation.None))).Of(Row([2, 3], a, b));
        Assert.That(each[0]!.Value.Upper - each[0]!.Value.Lower, Is.EqualTo(2 * 1.96 * Error(a)).Within(0.3 * Error(a)));
        Assert.That(each[1]!.Value.Upper - each[1]!.Value.Lower, Is.EqualTo(2 * 1.96 * Error(b)).Within(0.3 * Error(b)));
    }

    [Test]
    public void Of_CandidatesThatDifferByAConstant_AreMovedByIt()
    {
        double[] a = Means(1, 0.3);
        double[] b = Means(2, 0.6);
        StudyDefinition study = Study(new Objective(ScoreKind.Entropy));
        (double Lower, double Upper) one = new ObjectiveIntervals(study).Of(Row([2.5], a, b))[0]!.Value;
        (double Lower, double Upper) other = new ObjectiveIntervals(study).Of(Row([3.5], [.. a.Select(value => value + 1)], [.. b.Select(value => value + 1)]))[0]!.Value;
        Assert.That(other.Lower - one.Lower, Is.EqualTo(1).Within(1e-12), "the same draws");
    }

    // The negative of a score that is to be large has the interval turned over.
    [Test]
    public void Of_WeightedMaximisedWithARegulariser_FollowsTheObjective()
    {
        double[] a = Means(1, 0.3);
        double[] b = Means(2, 0.6);
        (double Lower, double Upper) Of(Objective objective, double value) => new ObjectiveIntervals(Study(objective)).Of(Row([value], a, b))[0]!.Value;
        (double Lower, double Upper) plain = Of(new Objective(ScoreKind.Entropy), 2.5);
        (double Lower, double Upper) turned = Of(new Objective(ScoreKind.Entropy) { Direction = Direction.Maximize }, -2.5);
        (double Lower, double Upper) added = Of(new Objective(ScoreKind.Entropy) { Regulariser = new Regulariser(0.5, 0.5, 0) }, 9.5);
        Assert.Multiple(() =>
        {
            Assert.That(turned.Upper - turned.Lower, Is.EqualTo(plain.Upper - plain.Lower).Within(0.01));
            Assert.That(turned.Upper + 2.5, Is.EqualTo(2.5 - plain.Lower).Within(0.01));
            Assert.That(added.Lower - 7, Is.EqualTo(plain.Lower).Within(1e-12), "what coefficients add does not vary");
        });
    }

    [Test]
    public void Of_FewExamples_IsUnknown() =>
        Assert.That(new ObjectiveIntervals(Study(new Objective(ScoreKind.Entropy))).Of(Row([1], [1], [2])).Single(), Is.Null);

    [Test]
    public void Of_ScoreWithoutBlocks_IsUnknown() =>
        Assert.That(new ObjectiveIntervals(Study(new Objective(ScoreKind.Infomax), new Objective(ScoreKind.Entropy))).Of(Row([1, 2], Means(1, 1), Means(2, 1))).Select(interval => interval is null), Is.EqualTo(new[] { true, false }));

    private static double[] Means(int seed, double deviation)
    {
        var random = new Rng(seed, 0, 0);
        return [.. Enumerable.Range(0, 32).Select(_ => 2 + (deviation * random.NextGaussian()))];
    }

    private static StudyDefinition Study(params Objective[] objectives) => ControllerFixture.Study(9, 1, null) with { Objectives = objectives };

    private static Trial Row(double[] objectives, double[] a, double[] b)
    {
        string[] tasks = [.. Study(new Objective(ScoreKind.Entropy)).Tasks.Select(task => task.Name)];
        return SearchTrials.Complete(1, objectives) with
        {
            Role = DataRole.Select,
            Coefficients = [0.5],
            Blocks = new Dictionary<string, IReadOnlyList<double>> { [$"{tasks[0]}/entropy"] = a, [$"{tasks[1]}/entropy"] = b },
        };
    }
}
