using Search.Controller;
using Search.Evaluation;
using Search.Results;

namespace Search.Tests.Controller;

public sealed class StudySummaryTests
{
    private static readonly double[] Gradient = [0.1];

    [Test]
    public void Comparable_StepsAndCheckpoints_AreTheCheckpoints() =>
        Assert.That(
            Ids(StudySummary.Comparable([Step(1), Step(2), Scored(3), Step(4), Scored(5), Failed(6), Reference(0)])),
            Is.EqualTo(new[] { "3 Search", "5 Search" }));

    [Test]
    public void Comparable_StepsOnly_AreAllOfThem() =>
        Assert.That(Ids(StudySummary.Comparable([Reference(0), Step(1), Failed(2), Step(3)])), Is.EqualTo(new[] { "1 Search", "3 Search" }));

    [Test]
    public void Comparable_StepsThatWereScoredOnOtherRolesToo_AreStillAllOfThem() =>
        Assert.That(
            Ids(StudySummary.Comparable([Step(1), Step(2), Scored(2, DataRole.Select), Scored(2, DataRole.Report)])),
            Is.EqualTo(new[] { "1 Search", "2 Search", "2 Select", "2 Report" }));

    [Test]
    public void SearchedWinner_StepsScoredOnSelectData_IsTheBestThere() =>
        Assert.That(
            StudySummary.SearchedWinner([Step(1, 0.1), Step(2, 0.2), Scored(1, DataRole.Select, 0.9), Scored(2, DataRole.Select, 0.5)]),
            Is.EqualTo(Step(2, 0.2)));

    [Test]
    public void SearchedWinner_LuckyStep_LosesToACheckpoint() =>
        Assert.That(StudySummary.SearchedWinner([Step(1, 0.1), Scored(2, DataRole.Search, 0.5), Scored(3, DataRole.Search, 0.4)])!.Id, Is.EqualTo(3));

    // A run cut before its first checkpoint scored a step on select data; gone on with, it has checkpoints.
    [Test]
    public void SearchedWinner_StepScoredOnSelectDataBeforeTheFirstCheckpoint_LosesToACheckpoint() =>
        Assert.That(StudySummary.SearchedWinner([Step(1), Scored(1, DataRole.Select, 0.1), Scored(2, DataRole.Search, 0.5), Scored(2, DataRole.Select, 0.6)])!.Id, Is.EqualTo(2));

    [Test]
    public void Comparable_StepsAndWhatIsRecommended_IsWhatIsRecommended() =>
        Assert.That(Ids(StudySummary.Comparable([Step(1, 0.1), Step(2), Recommended(3, 0.5)])), Is.EqualTo(new[] { "3 Search" }));

    [Test]
    public void Comparable_StepsOnAllExamples_CompeteWithEverythingElse() =>
        Assert.That(
            Ids(StudySummary.Comparable([Step(1), WholeStep(2), Scored(3), Recommended(4, 0.5)])),
            Is.EqualTo(new[] { "2 Search", "3 Search", "4 Search" }));

    [Test]
    public void Of_NoSelectData_TheBestObservedWinsAndItsLeadIsItsOptimism()
    {
        var summary = StudySummary.Of([Scored(1, DataRole.Search, 0.4), Scored(2, DataRole.Search, 0.1), Recommended(3, 0.3)]);
        Assert.Multiple(() =>
        {
            Assert.That((summary.Winner!.Id, summary.BestObserved!.Id, summary.Recommended!.Id), Is.EqualTo((2, 2, 3)));
            Assert.That(summary.Optimism, Is.EqualTo(0.2).Within(1e-12));
            Assert.That(summary.Choice, Does.Contain("search data"));
        });
    }

    [Test]
    public void Of_SelectData_TheRecommendedPointCanWinAndTheOptimismIsWhatTheBestObservedLosesMore()
    {
        var summary = StudySummary.Of([
            Scored(1, DataRole.Search, 0.4), Scored(2, DataRole.Search, 0.1), Recommended(3, 0.2),
            Scored(1, DataRole.Select, 0.9), Scored(2, DataRole.Select, 0.8), Recommended(3, 0.5, DataRole.Select)]);
        Assert.Multiple(() =>
        {
            Assert.That((summary.Winner!.Id, summary.BestObserved!.Id), Is.EqualTo((3, 2)));
            Assert.That(summary.Optimism, Is.EqualTo((0.8 - 0.1) - (0.5 - 0.2)).Within(1e-12));
            Assert.That(summary.Choice, Does.Contain("3 candidates"));
        });
    }

    [Test]
    public void Of_RecommendedPointThatFailed_HasNoOptimism()
    {
        var summary = StudySummary.Of([Scored(1, DataRole.Search, 0.4), Failed(2) with { Label = "recommended" }]);
        Assert.That((summary.Optimism, summary.Winner!.Id), Is.EqualTo(((double?)null, 1L)));
    }

    private static Trial Recommended(long id, double objective, DataRole role = DataRole.Search) => Scored(id, role, objective) with { Label = "recommended", Coefficients = Values[5] };

    private static readonly IReadOnlyDictionary<string, double> FewExamples = new Dictionary<string, double> { ["digits/examples"] = 16 };

    private static readonly IReadOnlyDictionary<string, double> NoScores = new Dictionary<string, double>();

    private static IEnumerable<string> Ids(IEnumerable<Trial> trials) => trials.Select(trial => $"{trial.Id} {trial.Role}");

    private static Trial Step(long id, double objective = 1) => WholeStep(id, objective) with { Scores = FewExamples };

    private static Trial WholeStep(long id, double objective = 1) => Scored(id, DataRole.Search, objective) with { Gradient = Gradient };

    private static Trial Failed(long id) => Scored(id) with { State = TrialState.Failed, Objectives = None };

    private static Trial Reference(long id) => Scored(id) with { Strategy = "reference", Label = "base" };

    private static readonly double[] None = [];

    private static readonly double[][] Values = [.. Enumerable.Range(0, 11).Select(tenth => new[] { tenth / 10.0 })];

    private static Trial Scored(long id, DataRole role = DataRole.Search, double objective = 1) => new()
    {
        Id = id,
        Strategy = "adamerging",
        Role = role,
        State = TrialState.Complete,
        Fidelity = 1,
        Seed = 1,
        Coefficients = None,
        Objectives = Values[(int)Math.Round(objective * 10)],
        Scores = NoScores,
        StartedAt = default,
        Engine = "torch",
        Device = "cpu",
    };
}
