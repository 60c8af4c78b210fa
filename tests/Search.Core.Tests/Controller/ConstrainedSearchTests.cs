using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Results.Fronts;
using Search.Strategies;
using Search.Strategies.Fronts;
using Search.Strategies.Genetic;
using Search.Strategies.Sampling;

namespace Search.Tests.Controller;

public sealed class ConstrainedSearchTests : ControllerFixture
{
    private const double Limit = 0.005; // a quarter of the front keeps to it

    private static readonly Dictionary<string, StrategySettings> _strategies = new()
    {
        ["nsga2"] = new NsgaSettings(new GeneticOptions { Population = 20 }, false),
        ["nsga3"] = new NsgaSettings(new GeneticOptions { Population = 20 }, true),
        ["surface_front"] = new SurfaceFrontSettings(new SurfaceFrontOptions()),
        ["random"] = new RandomSettings(),
    };

    [Test]
    public void Run_ALimit_LeavesTheInfeasibleRegionAndLetsNothingOfItWin([Values("nsga2", "nsga3", "surface_front")] string strategy)
    {
        double Share(StudyDefinition study, out MemoryLog log)
        {
            log = new MemoryLog();
            Controller(log, study, new TwoWishes()).Run(CancellationToken.None);
            Trial[] last = [.. log.Trials.Where(trial => trial is { Role: DataRole.Search, Label: null }).TakeLast(60)];
            return last.Count(trial => trial.Objectives[0] <= Limit) / (double)last.Length;
        }

        StudyDefinition free = Study(strategy, 160);
        StudyDefinition bounded = free with { Constraints = [new("entropy (1)", Limit, null)] };
        double before = Share(free, out _);
        double share = Share(bounded, out MemoryLog log);
        TestContext.Out.WriteLine($"feasible among the last sixty: {before:0.00} without the limit, {share:0.00} with it");
        var report = FrontReport.Of(bounded, log.Trials, new FrontQuery());
        Assert.Multiple(() =>
        {
            Assert.That(share, Is.GreaterThan(0.4).And.GreaterThan(before + 0.2));
            Assert.That(log.Trials.Where(trial => trial.Role != DataRole.Search && trial.Strategy != Reference.Strategy).Select(trial => trial.Objectives[0]), Is.Not.Empty.And.All.LessThanOrEqualTo(Limit), "nothing infeasible is scored anew");
            Assert.That(report.Front, Has.Count.GreaterThan(1));
            Assert.That(report.Front.Select(trial => trial.Objectives[0]), Is.All.LessThanOrEqualTo(Limit));
            Assert.That(StudySummary.Of(bounded, log.Trials).Winner!.Objectives[0], Is.LessThanOrEqualTo(Limit));
        });
    }

    [Test]
    public void Run_AFloor_IsAShareOfWhatTheExpertGains()
    {
        StudyDefinition study = Study("nsga2", 100) with { Objectives = [new Objective(ScoreKind.Entropy, Aggregation.None)], Constraints = [new("p", null, 0.95)] };
        var log = new MemoryLog();
        Controller(log, study, new TwoWishes()).Run(CancellationToken.None);
        double Scored(string label) => log.Trials.Single(trial => trial.Label == label && trial.Role == DataRole.Select).Objectives[0];
        double most = Scored(Reference.Base) + (0.95 * (Scored(Reference.Expert("x")) - Scored(Reference.Base)));
        Assert.That(most, Is.EqualTo(0.17).Within(1e-6));
        Assert.That(FrontReport.Of(study, log.Trials, new FrontQuery()).Front.Select(trial => trial.Objectives[0]), Is.Not.Empty.And.All.LessThanOrEqualTo(most));
    }

    [Test]
    public void Run_ConstrainedAndCutAfterAnyTrial_ContinuesToTheSameLedger([Values("nsga2", "surface_front")] string strategy)
    {
        StudyDefinition study = Study(strategy, 40) with { Constraints = [new("entropy (1)", Limit, null)] };
        var whole = new MemoryLog();
        Controller(whole, study, new TwoWishes()).Run(CancellationToken.None);
        for (int cut = 0; cut <= whole.Trials.Count; cut += 9)
        {
            var log = new MemoryLog();
            log.Append([.. whole.Trials.Take(cut)]);
            Controller(log, study, new TwoWishes()).Run(CancellationToken.None);
            Assert.That(log.Trials.Select(Content), Is.EqualTo(whole.Trials.Select(Content)), $"cut after {cut}");
        }
    }

    [Test]
    public void Run_NothingFeasible_StillHasAFront()
    {
        StudyDefinition study = Study("random", 20) with { Constraints = [new("entropy (1)", -1, null)] };
        var log = new MemoryLog();
        Controller(log, study, new TwoWishes()).Run(CancellationToken.None);
        Assert.That(StudyConstraint.Kept(study, log.Trials), Is.EquivalentTo(log.Trials));
        Assert.That(FrontReport.Of(study, log.Trials, new FrontQuery()).Front, Is.Not.Empty);
    }

    [Test]
    public void Run_OneObjectiveAndAFloor_MeasuresItByTheReferencesOfEachData()
    {
        StudyDefinition study = Study(60, 1, null) with { Constraints = [new("q", null, 0.1), new("p", null, 0.5), new("p/-entropy", -0.01, null)] };
        var log = new MemoryLog();
        Controller(log, study, new TwoWishes()).Run(CancellationToken.None);
        Trial winner = StudySummary.Of(study, log.Trials).Winner!;
        Trial[] models = [.. log.Trials.Where(trial => trial is { Role: DataRole.Select, Strategy: Reference.Strategy })];
        (QuantityBound Bound, double Value)[] measured = [.. StudyConstraint.Measured(study, log.Trials, log.Trials.Single(trial => trial.Id == winner.Id && trial.Role == DataRole.Select))];
        Assert.Multiple(() =>
        {
            Assert.That(models.Select(trial => trial.Label), Is.EqualTo(new[] { "base", "expert:x", "expert:y" }));
            Assert.That(measured.Select(one => one.Bound.Quantity.Name), Is.EqualTo(new[] { "q", "p", "p/-entropy" }));
            Assert.That(measured.Select(one => one.Bound.Most), Is.EqualTo(new[] { 0.04 + (0.1 * (0.64 - 0.04)), 0.36 + (0.5 * (0.16 - 0.36)), -0.01 }).Within(1e-6), "what an expert loses on its task is a gain below 0");
            Assert.That(measured.Select(one => one.Value), Is.EqualTo(new[] { winner.Scores["q/entropy"], winner.Scores["p/entropy"], -winner.Scores["p/entropy"] }));
            Assert.That(measured.All(one => one.Value <= one.Bound.Most));
        });
    }

    [Test]
    public void Run_OneObjectiveAndATarget_StopsAtAFeasibleCandidate()
    {
        StudyDefinition study = Study(400, 1, 0.14) with { Constraints = [new("p", 0.05, null), new("q", 0.2, null)] };
        var log = new MemoryLog();
        string reason = Controller(log, study, new TwoWishes()).Run(CancellationToken.None);
        Trial[] searched = [.. log.Trials.Where(trial => trial is { Role: DataRole.Search, Strategy: not Reference.Strategy, Label: null })];
        bool IsFeasible(Trial trial) => trial.Scores["p/entropy"] <= 0.05 && trial.Scores["q/entropy"] <= 0.2;
        Assert.Multiple(() =>
        {
            Assert.That(reason, Does.Contain("target"));
            Assert.That(IsFeasible(searched[^1]) && searched[^1].Objectives[0] <= 0.14);
            Assert.That(searched[..^1].Count(trial => trial.Objectives[0] <= 0.14), Is.Positive.And.EqualTo(searched[..^1].Count(trial => trial.Objectives[0] <= 0.14 && !IsFeasible(trial))));
        });
    }

    [Test]
    public void Summary_LastRecommendedIsInfeasible_RecommendsNoneThatWasRecommendedBefore([Values] bool isScoredTwice)
    {
        StudyDefinition study = Study(10, 1, null) with { Constraints = [new("p/kl", 1, null)] };
        Trial Row(long id, double kl, double at, string? label = null) =>
            SearchTrials.Complete(id, kl) with { Coefficients = [at, at], Scores = new Dictionary<string, double> { ["p/kl"] = kl }, Label = label };
        const long First = StudySummary.FirstRecommended;
        Trial[] trials = [Row(1, 0.5, 0.1), Row(2, 0.9, 0.2), Row(First + 3, isScoredTwice ? 0.9 : 0.4, isScoredTwice ? 0.2 : 0.3, StudySummary.RecommendedLabel), Row(First + 9, 2, 0.4, StudySummary.RecommendedLabel)];
        var summary = StudySummary.Of(study, trials);
        Assert.That(summary.Recommended, Is.Null);
        Assert.That(summary.Winner!.Id, Is.EqualTo(isScoredTwice ? 1 : First + 3), "it still is a candidate");
        Assert.That(StudySummary.Of(study, trials[..3]).Recommended!.Id, Is.EqualTo(isScoredTwice ? 2 : First + 3));
    }

    [Test]
    public void Kept_OneObjective_JudgesByEachDataButReport()
    {
        StudyDefinition study = Study(10, 1, null) with { Constraints = [new("p/kl", 1, null)] };
        Trial Row(long id, DataRole role, double kl) => SearchTrials.Complete(id, kl) with { Role = role, Scores = new Dictionary<string, double> { ["p/kl"] = kl } };
        Trial[] trials =
        [
            Row(1, DataRole.Search, 0.5), Row(2, DataRole.Search, 2), Row(3, DataRole.Search, 0.9), SearchTrials.Complete(4, 0) with { State = TrialState.Failed },
            Row(1, DataRole.Select, 1.5), Row(3, DataRole.Select, 1), Row(1, DataRole.Report, 3), Row(3, DataRole.Report, 0.1), SearchTrials.Complete(5, 1) with { Role = DataRole.Select },
        ];
        Assert.That(trials.Except(StudyConstraint.Kept(study, trials)), Is.EquivalentTo(new[] { trials[1], trials[4] }));
        Assert.That(StudyConstraint.Kept(study, [.. trials.Where(trial => trial.Id == 2)]), Has.Count.EqualTo(1), "nothing there is feasible");
        Assert.That(StudyConstraint.Measured(study, trials, trials[^1]), Is.Empty);
    }

    [Test]
    public void Told_FeasibleAndInfeasible_RanksByFeasibilityThenViolationThenDominance()
    {
        StudyDefinition study = Study("random", 20) with { Constraints = [new("entropy (1)", 0.5, null), new("entropy (2)", 2, null)] };
        var rule = new FeasibilityRule(study, [SearchTrials.Complete(0, 0, 1), SearchTrials.Complete(1, 1, 3)]);
        double Violation(double[] objectives) => rule.Violation(objectives, new Dictionary<string, double>());
        IReadOnlyList<double> Told(double[] objectives) => rule.Told(objectives, Violation(objectives));
        var random = new Random(1);
        double[][] all = [.. Enumerable.Range(0, 300).Select(_ => new[] { random.NextDouble(), 3 * random.NextDouble() })];
        double[][] told = [.. all.Select(objectives => Told(objectives).ToArray())];
        Assert.Multiple(() =>
        {
            for (int i = 0; i < all.Length; i++)
            {
                double violation = Math.Max(0, all[i][0] - 0.5) + (Math.Max(0, all[i][1] - 2) / 2);
                Assert.That(Violation(all[i]), Is.EqualTo(violation).Within(1e-12), "in units of the references' ranges");
                Assert.That(told[i], violation == 0 ? Is.EqualTo(all[i]) : Is.EqualTo(new[] { 1 + violation, 3 + (2 * violation) }).Within(1e-12));
            }

            Assert.That(all.Index().Where(one => Violation(one.Item) > 0).All(bad => all.Index().Where(one => Violation(one.Item) == 0).All(good => Dominance.Dominates(told[good.Index], told[bad.Index]))));
        });
        Told([-5, 9e9]);
        Assert.That(Told([0.6, 0])[1], Is.LessThan(9e9), "what is infeasible itself does not count as the worst known");
        Told([0.4, 1.9]);
        Assert.That(Told([0.6, 0]), Is.EqualTo(new[] { 1.1, 3.2 }).Within(1e-12));
    }

    // What the tasks want against small coefficients.
    private static StudyDefinition Study(string strategy, long evaluations) => Study(evaluations, 1, null) with
    {
        Objectives = [new Objective(ScoreKind.Entropy), new Objective(ScoreKind.Entropy) { Regulariser = new Regulariser(0, 3, 0) }],
        Strategy = _strategies[strategy],
    };

    private sealed class TwoWishes : IEvaluator
    {
        public string Engine => "two";

        public string Device => "cpu";

        public string Version => "1";

        public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken)
        {
            TaskScores Score(string task, double distance) => new(task, new Dictionary<string, double> { ["entropy"] = distance * distance, ["accuracy"] = 1 - distance }, 8, 1);
            return new EvaluationResult([Score("p", weights[0].Span[0] - 0.6), Score("q", weights[1].Span[0] - 0.2)], TimeSpan.Zero, TimeSpan.Zero);
        }

        public void Dispose()
        {
        }
    }
}
