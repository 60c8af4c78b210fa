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
        Assert.That(FrontReport.Of(study, trials[..5], new FrontQuery()).Hypervolume, Is.Positive, "of a few it is measured where asked for");
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
