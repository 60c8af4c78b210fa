using Search.Controller;
using Search.Evaluation;
using Search.Results;
using Search.Tests.Results.Fronts;

namespace Search.Tests.Controller;

public sealed class FrontReportTests
{
    // The exact volume of such a front takes far longer than anybody waits for a report.
    [Test]
    public void Of_HundredsOfVectorsInEightObjectives_DoesNotMeasureTheirVolume()
    {
        StudyDefinition study = ControllerFixture.Study(400, 1, null) with { Objectives = [.. Enumerable.Repeat(new Objective(ScoreKind.Entropy, Aggregation.Mean), 8)] };
        Trial[] trials = [.. RandomFronts.Nondominated(new Rng(7, 0, 0), 400, 8).Select((vector, id) => SearchTrials.Complete(id, vector))];
        Task<FrontReport> report = Task.Run(() => FrontReport.Of(study, trials, new FrontQuery()));
        Assert.That(report.Wait(TimeSpan.FromSeconds(20)), Is.True);
        Assert.That(report.Result.Front, Has.Count.EqualTo(400));
        long effort = 1_000_000;
        Assert.That(report.Result.Volume(ref effort), Is.Null, "nor where asked for, if that takes more than it may");
        effort = 1_000_000;
        Assert.That(FrontReport.Of(study, trials[..5], new FrontQuery()).Volume(ref effort), Is.Positive);
    }

    [Test]
    public void Of_TheFrontAloneAndWhatElseWasScored_IsThatOfAllTrials()
    {
        StudyDefinition study = StudyControllerTests.Study(400, 1, null) with { Objectives = [.. Enumerable.Repeat(new Objective(ScoreKind.Entropy, Aggregation.Mean), 3)] };
        Trial[] trials = [.. RandomFronts.Points(new Rng(8, 0, 0), 400, 3).Select((vector, id) => SearchTrials.Complete(id, vector))];
        var query = new FrontQuery { Preferences = [new("entropy (2)", 3)], Limits = [new("entropy (1)", 0.5)] };
        var all = FrontReport.Of(study, trials, query);
        var brief = FrontReport.Of(study, [.. StudySummary.Front(trials)], query, ScoredCandidates.Of(trials.Select(trial => trial.Objectives)));
        Assert.Multiple(() =>
        {
            Assert.That(brief.Front, Is.EqualTo(all.Front));
            Assert.That((brief.Scored, brief.Refused, brief.Compromise, brief.Knee, brief.Preferred), Is.EqualTo((400L, all.Refused, all.Compromise, all.Knee, all.Preferred)));
            Assert.That(brief.Reference, Is.EqualTo(all.Reference));
        });
    }

    [Test]
    public void Of_ReportDataOfSomeTasksOnly_LeavesTheirGapOut()
    {
        StudyDefinition study = StudyControllerTests.Study(400, 1, null) with { Objectives = [.. Enumerable.Repeat(new Objective(ScoreKind.Entropy, Aggregation.Mean), 2)] };
        Trial found = SearchTrials.Complete(7, 1, 2);
        FrontReport report = FrontReport.Of(study, [found, found with { Role = DataRole.Select, Objectives = [2, 4] }, found with { Role = DataRole.Report, Objectives = [3] }], new FrontQuery());
        Assert.That(report.Gaps.Select(gap => (gap.Role, gap.Means)), Is.EqualTo(new[] { (DataRole.Select, new[] { 1.0, 2.0 }) }));
    }
}
