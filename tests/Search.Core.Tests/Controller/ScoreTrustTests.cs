using Search.Controller;
using Search.Evaluation;
using Search.Results;

namespace Search.Tests.Controller;

internal sealed class ScoreTrustTests
{
    // On task a, less entropy is more accuracy; on task b it is the other way round, twice as steep.
    [Test]
    public void Of_ScoresThatGuideAndMislead_AreOneAndMinusOne()
    {
        (Trial, Trial)[] trials = [.. Enumerable.Range(0, 5).Select(i => (
            Trial(i, DataRole.Search, new() { ["a/entropy"] = i, ["b/entropy"] = i }),
            Trial(i, DataRole.Report, new() { ["a/accuracy"] = 0.5 - (0.1 * i), ["b/accuracy"] = 0.2 * i })))];

        IReadOnlyList<ScoreTrust> trust = ScoreTrust.Of(trials, ["entropy"], ["a", "b"], 50, 1);

        Assert.That(trust.Select(row => (row.Task, Math.Round(row.Spearman.Value, 12), Math.Round(row.Kendall.Value, 12))), Is.EqualTo(new[] { ((string?)null, -1.0, -1.0), ("a", 1.0, 1.0), ("b", -1.0, -1.0) }));
    }

    [Test]
    public void Choose_MoreThanAsked_SpreadsOverTheObjective()
    {
        double[] objectives = [0, 0.01, 0.02, 0.03, 0.5, 1, 0.04];
        Trial[] trials = [.. objectives.Select((value, i) => Trial(i, DataRole.Search, []) with { Objectives = [value] })];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ScoreTrust.Choose(trials, 3).Select(trial => trial.Id), Is.EqualTo(new[] { 0, 4, 5 }));
            Assert.That(ScoreTrust.Choose(trials, 7), Has.Count.EqualTo(7));
        }
    }

    [Test]
    public void Choose_OfALedger_TakesCandidatesAndMergesWithOneLambdaAlone()
    {
        Trial candidate = Trial(5, DataRole.Search, []);
        Trial[] ledger =
        [
            candidate with { Id = 0, Strategy = Reference.Strategy, Label = Reference.Base },
            candidate with { Id = 1, Strategy = Reference.Strategy, Label = "lambda:0.30" },
            candidate with { Role = DataRole.Report },
            candidate with { Id = 6, State = TrialState.Failed },
            candidate,
        ];

        Assert.That(ScoreTrust.Choose(ledger, 60).Select(trial => trial.Id), Is.EqualTo(new[] { 1, 5 }));
    }

    private static Trial Trial(long id, DataRole role, Dictionary<string, double> scores) => new()
    {
        Id = id,
        Strategy = "cma_es",
        Role = role,
        State = TrialState.Complete,
        Fidelity = 1,
        Seed = 1,
        Coefficients = [0],
        Objectives = [id],
        Scores = scores,
        StartedAt = default,
        Engine = "e",
        Device = "cpu",
    };
}
