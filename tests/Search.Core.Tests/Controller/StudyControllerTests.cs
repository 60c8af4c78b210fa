using Search.Checkpoints;
using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Merging.Operators;
using Search.Results;
using Search.Results.Fronts;
using Search.Strategies;
using Search.Strategies.AdaMerging;
using Search.Strategies.CmaEs;
using Search.Strategies.Fronts;
using Search.Strategies.Genetic;
using Search.Strategies.OnePlusOne;
using Search.Strategies.Sequence;

namespace Search.Tests.Controller;

public sealed class StudyControllerTests : ControllerFixture
{
    [Test]
    public void Run_ToTheEnd_RecordsReferencesSearchSelectAndReport()
    {
        var log = new MemoryLog();
        string reason = Run(log, 30);
        Assert.Multiple(() =>
        {
            Assert.That(reason, Does.Contain("30 evaluations"));
            Assert.That(log.Trials.Count(trial => trial is { Strategy: "cma_es", Role: DataRole.Search, Label: null }), Is.EqualTo(30));
            Assert.That(log.Trials.Count(trial => trial.Role == DataRole.Select), Is.EqualTo(11), "the ten best observed and what is recommended");
            Assert.That(log.Trials.Where(trial => trial.Label == "recommended").Select(trial => trial.Role), Is.EquivalentTo(new[] { DataRole.Search, DataRole.Select, DataRole.Report }));
            Assert.That(log.Trials.Count(trial => trial.Strategy == Reference.Strategy && trial.Role == DataRole.Report), Is.EqualTo(24));
            Assert.That(log.Trials.Select(trial => (trial.Id, trial.Role)), Is.Unique);
            Assert.That(log.Trials.Single(trial => trial is { Label: "base", Role: DataRole.Search }).Objectives[0], Is.EqualTo((0.36 + 0.04) / 2).Within(1e-6));
            Assert.That(log.Trials.Single(trial => trial is { Label: "expert:x", Role: DataRole.Search }).Objectives[0], Is.EqualTo((0.16 + 0.04) / 2).Within(1e-6));
        });
    }

    [Test]
    public void Run_EnoughEvaluations_FindsTheOptimum()
    {
        var log = new MemoryLog();
        Run(log, 300);
        Trial winner = StudySummary.SearchedWinner(log.Trials)!;
        Assert.Multiple(() =>
        {
            Assert.That(winner.Objectives[0], Is.LessThan(1e-4));
            Assert.That(winner.Coefficients[0], Is.EqualTo(0.6).Within(0.05), "x in blocks.0");
            Assert.That(winner.Coefficients[3], Is.EqualTo(0.2).Within(0.05), "y in blocks.1");
        });
    }

    [Test]
    public void Run_CutAfterAnyTrial_ContinuesToTheSameLedger()
    {
        var whole = new MemoryLog();
        Run(whole, 21);
        for (int cut = 0; cut <= whole.Trials.Count; cut += 3)
        {
            var log = new MemoryLog();
            log.Append([.. whole.Trials.Take(cut)]);
            var evaluator = new QuadraticEvaluator();
            Run(log, 21, evaluator);
            Assert.That(log.Trials.Select(Content), Is.EqualTo(whole.Trials.Select(Content)), $"cut after {cut}");
            Assert.That(evaluator.Calls, Is.EqualTo(whole.Trials.Count - cut), "nothing is evaluated twice");
        }
    }

    [Test]
    public void Run_LargerBudgetOverAFinishedLedger_SearchesAsIfItHadNeverEnded()
    {
        var whole = new MemoryLog();
        Run(whole, 40);
        var extended = new MemoryLog();
        Run(extended, 13);
        Run(extended, 40);
        string[] Searched(MemoryLog log) => [.. log.Trials.Where(trial => trial is { Role: DataRole.Search, Label: not "recommended" }).OrderBy(trial => trial.Id).Select(Content)];
        Assert.That(Searched(extended), Is.EqualTo(Searched(whole)));
        Assert.That(extended.Trials.Where(trial => trial.Label == "recommended").Select(trial => trial.Id).Distinct(), Has.Exactly(2).GreaterThanOrEqualTo(StudySummary.FirstRecommended));
        var gaps = new MemoryLog();
        gaps.Append([.. extended.Trials.Where(trial => trial.Id % 5 != 2)]);
        Run(gaps, 40);
        Assert.That(Searched(gaps), Is.EqualTo(Searched(whole)), "what is missing in the middle is evaluated again");
    }

    [Test]
    public void Run_CandidatesThatFail_AreRecordedAndTheSearchGoesOn()
    {
        var log = new MemoryLog();
        Run(log, 40, new QuadraticEvaluator { Fails = call => call > 30 && call % 3 == 0 });
        Trial[] failed = [.. log.Trials.Where(trial => trial.State == TrialState.Failed)];
        Assert.Multiple(() =>
        {
            Assert.That(failed, Has.Length.GreaterThan(5));
            Assert.That(failed.Select(trial => trial.Reason), Is.All.EqualTo("logits of task 'p' are not finite"));
            Assert.That(log.Trials.Count(trial => trial is { Strategy: "cma_es", Role: DataRole.Search, Label: null }), Is.EqualTo(40));
        });
    }

    [Test]
    public void Run_CandidatesThatCollapse_StayCompleteAndAreFlaggedOnSearchData()
    {
        var log = new MemoryLog();
        Run(log, 10, new QuadraticEvaluator { Collapses = call => call > 30 });
        Trial[] flagged = [.. log.Trials.Where(trial => trial.Scores.ContainsKey("q/collapsed"))];
        Assert.Multiple(() =>
        {
            Assert.That(flagged.Select(trial => trial.Role), Is.Not.Empty.And.All.EqualTo(DataRole.Search));
            Assert.That(flagged.Select(trial => trial.State), Is.All.EqualTo(TrialState.Complete));
            Assert.That(flagged.Select(trial => trial.Scores["q/collapsed"]), Is.All.EqualTo(1));
            Assert.That(flagged.Select(trial => trial.Reason), Is.All.StartsWith("collapse: task 'q' predicts class 0 with probability 0.999"));
            Assert.That(log.Trials.Except(flagged).Select(trial => trial.Reason), Is.All.Null);
        });
    }

    [Test]
    public void Run_BaseThatCannotBeScored_StopsAtOnce() =>
        Assert.That(() => Run(new MemoryLog(), 10, new QuadraticEvaluator { Fails = _ => true }), Throws.TypeOf<StudyException>().With.Message.Contains("the base model itself cannot be scored"));

    [Test]
    public void Run_LedgerOfAnotherSeed_IsRefused()
    {
        var log = new MemoryLog();
        Run(log, 10);
        Assert.That(() => Run(log, 20, seed: 2), Throws.TypeOf<StudyException>().With.Message.Contains("other coefficients"));
    }

    [Test]
    public void Run_Target_StopsAsSoonAsItIsReached()
    {
        var log = new MemoryLog();
        string reason = Run(log, 1000, target: 0.05);
        Assert.That(reason, Does.Contain("target"));
        Assert.That(log.Trials.Count(trial => trial is { Strategy: "cma_es", Role: DataRole.Search, Label: null, Objectives: [<= 0.05] }), Is.EqualTo(1));
    }

    [TestCase(4)]
    [TestCase(null)]
    public void Run_AdaMerging_ChoosesTheWinnerAmongPointsScoredOnAllExamples(int? batch)
    {
        var log = new MemoryLog();
        string reason = Run(log, AdaMerging(new AdaMergingOptions { LearningRate = 0.02, Steps = 150, Checkpoint = 30, Batch = batch }));
        Trial winner = StudySummary.SearchedWinner(log.Trials)!;
        Assert.Multiple(() =>
        {
            Assert.That(reason, Is.EqualTo("150 steps are done"));
            Assert.That(winner.Gradient is null, Is.EqualTo(batch is not null));
            Assert.That(winner.Objectives[0], Is.LessThan(1e-4));
            Assert.That(winner.Coefficients[0], Is.EqualTo(0.6).Within(0.01), "x in blocks.0");
            Assert.That(winner.Coefficients[3], Is.EqualTo(0.2).Within(0.01), "y in blocks.1");
            Assert.That(winner.Coefficients[1], Is.EqualTo(0.3), "y does not change blocks.0");
            Assert.That(log.Trials.Count(trial => trial.Role == DataRole.Select), Is.EqualTo(batch is null ? 11 : 5), "the ten best and the last step; the checkpoints, of which the last is recommended");
            Assert.That(log.Trials.Count(trial => trial is { Role: DataRole.Report, Strategy: "adamerging" }), Is.InRange(1, 2), "the winner and what is recommended");
        });
    }

    [TestCase(4)]
    [TestCase(null)]
    public void Run_AdaMergingCutAfterAnyTrial_ContinuesToTheSameLedger(int? batch)
    {
        StudyDefinition study = AdaMerging(new AdaMergingOptions { LearningRate = 0.02, Steps = 15, Checkpoint = 4, Batch = batch });
        var whole = new MemoryLog();
        Run(whole, study, new QuadraticEvaluator { Fails = call => call is 29 or 35 });
        Assert.That(whole.Trials.Count(trial => trial.State == TrialState.Failed), Is.EqualTo(2));
        for (int cut = 0; cut <= whole.Trials.Count; cut++)
        {
            var log = new MemoryLog();
            log.Append([.. whole.Trials.Take(cut)]);
            Run(log, study, new QuadraticEvaluator { Fails = call => call + cut is 29 or 35 });
            Assert.That(log.Trials.Select(Content), Is.EqualTo(whole.Trials.Select(Content)), $"cut after {cut}");
        }
    }

    [Test]
    public void Run_SequenceCutAfterAnyTrial_ContinuesToTheSameLedger()
    {
        var first = new AdaMergingSettings(new AdaMergingOptions { LearningRate = 0.1, Steps = 8, Checkpoint = 4, Batch = 4 });
        StudyDefinition study = Study(33, 1, null) with { Strategy = new SequenceSettings([new(first, 6), new(new CmaEsSettings(new CmaEsOptions { Sigma = 0.2 }), 11), new(new CmaEsSettings(new CmaEsOptions { Sigma = 0.1, PopulationSize = 5 }), null)]) };
        var whole = new MemoryLog();
        Run(whole, study);
        Trial[] searched = [.. whole.Trials.Where(trial => trial is { Role: DataRole.Search, Label: null })];
        Assert.Multiple(() =>
        {
            Assert.That(searched.Select(trial => trial.Strategy), Is.EqualTo(Enumerable.Repeat("adamerging", 6).Concat(Enumerable.Repeat("cma_es", 27))));
            Assert.That(searched.Zip(searched.Skip(1), (a, b) => b.Generation - a.Generation), Is.All.InRange(0, 1), "generations go on through the stages");
        });
        for (int cut = 0; cut <= whole.Trials.Count; cut += 2)
        {
            var log = new MemoryLog();
            log.Append([.. whole.Trials.Take(cut)]);
            Run(log, study);
            Assert.That(log.Trials.Select(Content), Is.EqualTo(whole.Trials.Select(Content)), $"cut after {cut}");
        }
    }

    [Test]
    public void Run_TwoAdaMergingStages_DrawOtherExamplesWhichTheirRowsTell()
    {
        static AdaMergingSettings Stage(int batch) => new(new AdaMergingOptions { LearningRate = 0.1, Steps = 8, Checkpoint = 4, Batch = batch });
        var log = new MemoryLog();
        var evaluator = new QuadraticEvaluator();
        Run(log, Study(16, 1, null) with { Strategy = new SequenceSettings([new(Stage(4), 8), new(Stage(6), null)]) }, evaluator);
        Trial[] steps = [.. log.Trials.Where(trial => trial.Gradient is not null)];
        Assert.Multiple(() =>
        {
            Assert.That(evaluator.Draws.Select(draw => draw.Step), Is.Unique);
            Assert.That(steps.Select(trial => new ExampleDraw(trial.Seed, trial.Generation!.Value, StudySummary.Examples(trial)!.Value)), Is.EqualTo(evaluator.Draws), "a row says what it was scored on");
            Assert.That(steps.Select(StudySummary.Examples).Distinct(), Is.EqualTo(new int?[] { 4, 6 }));
            Assert.That(log.Trials.Except(steps).Select(StudySummary.Examples), Is.All.Null);
        });
    }

    [Test]
    public void Run_RecommendationThatWasScored_IsNotEvaluatedAgain()
    {
        var log = new MemoryLog();
        var evaluator = new QuadraticEvaluator();
        Run(log, Study(30, 1, null) with { Strategy = new OnePlusOneSettings(0.3, 2) }, evaluator);
        var summary = StudySummary.Of(log.Trials);
        Assert.Multiple(() =>
        {
            Assert.That(evaluator.Calls, Is.EqualTo(24 + 30 + 10 + 24 + 1).And.EqualTo(log.Trials.Count - 1), "references, search, select, and the winner beside the references");
            Assert.That(summary.Recommended, Is.SameAs(summary.BestObserved));
            Assert.That(summary.Optimism, Is.Null);
            Assert.That(log.Trials.Single(trial => trial.Label == "recommended").Objectives, Is.EqualTo(summary.BestObserved!.Objectives));
        });
        var resumed = new MemoryLog();
        resumed.Append([.. log.Trials.Take(54)]);
        Run(resumed, Study(30, 1, null) with { Strategy = new OnePlusOneSettings(0.3, 2) });
        Assert.That(resumed.Trials.Select(Content), Is.EqualTo(log.Trials.Select(Content)));
    }

    [Test]
    public void Run_Simplex_KeepsEveryTrialOnIt()
    {
        var log = new MemoryLog();
        StudyDefinition study = Study(60, 1, null);
        Run(log, study with { Merge = study.Merge with { Constraints = new MergeConstraints(GroupSum.Simplex, [], []) } });
        Trial[] searched = [.. log.Trials.Where(trial => trial.Strategy != Reference.Strategy)];
        Assert.That(searched, Is.Not.Empty);
        Assert.That(searched.SelectMany(trial => new[] { trial.Coefficients[0] + trial.Coefficients[1], trial.Coefficients[2] + trial.Coefficients[3] }), Is.All.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Run_TargetThatFewExamplesReach_IsReachedOnlyOnAllOfThem()
    {
        // On a few examples the quadratic is half as high.
        var log = new MemoryLog();
        string reason = Run(log, AdaMerging(new AdaMergingOptions { LearningRate = 0.02, Steps = 150, Checkpoint = 10, Batch = 4 }) with { Budget = new BudgetDefinition(1000, null, 0.02) });
        Assert.That(reason, Does.Contain("target"));
        Trial last = log.Trials.Last(trial => trial is { Role: DataRole.Search, Strategy: "adamerging" });
        Assert.That(last.Gradient, Is.Null);
        Assert.That(last.Objectives[0], Is.LessThanOrEqualTo(0.02));
    }

    [Test]
    public void Run_DerivativeThatIsNotFinite_FailsTheStepNamingTheCoefficientAndTheSearchGoesOn()
    {
        var log = new MemoryLog();
        Run(log, AdaMerging(new AdaMergingOptions { LearningRate = 0.02, Steps = 10, Batch = null }), new QuadraticEvaluator { Breaks = call => call == 27 });
        Trial failed = log.Trials.Single(trial => trial.State == TrialState.Failed);
        Assert.Multiple(() =>
        {
            Assert.That(failed.Reason, Is.EqualTo("the derivative by x/blocks.1 must be finite, got NaN"));
            Assert.That(failed.Gradient, Is.Null);
            Assert.That(log.Trials.Count(trial => trial is { Role: DataRole.Search, Strategy: "adamerging", State: TrialState.Complete, Label: null }), Is.EqualTo(11));
        });
    }

    [Test]
    public void Run_AdaMergingOnAnEngineWithoutDerivatives_SaysWhichEngineHasThem() =>
        Assert.That(
            () => Controller(new MemoryLog(), AdaMerging(new AdaMergingOptions()), new ScoresOnly(new QuadraticEvaluator())).Run(CancellationToken.None),
            Throws.TypeOf<SearchException>().With.Message.EqualTo("engine quadratic gives no derivatives, which adamerging asks for; use engine: torch."));

    [Test]
    public void Run_Cancelled_RecordsWhatFinished()
    {
        var log = new MemoryLog();
        using var source = new CancellationTokenSource();
        var evaluator = new QuadraticEvaluator
        {
            Fails = call =>
            {
                if (call == 33)
                {
                    source.Cancel();
                }

                return false;
            },
        };
        Assert.That(() => Run(log, 100, evaluator, cancellationToken: source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(log.Trials, Has.Count.EqualTo(33));
    }

    [Test]
    public void Constructor_MoreObjectivesThanTheStrategyTakes_IsRefused() =>
        Assert.That(
            () => Controller(new MemoryLog(), Study(10, 1, null) with { Objectives = [new Objective(ScoreKind.Entropy, Aggregation.None)] }, new QuadraticEvaluator()),
            Throws.TypeOf<StudyException>().With.Message.Contains("strategy cma_es minimises one objective, not 2: nsga2"));

    [Test]
    public void Constructor_FrontForOneObjectiveOrATargetForSeveral_IsRefused()
    {
        Assert.That(
            () => Controller(new MemoryLog(), Front(10) with { Objectives = [new Objective(ScoreKind.Entropy)] }, new QuadraticEvaluator()),
            Throws.TypeOf<StudyException>().With.Message.Contains("nsga2 looks for the front of several objectives"));
        Assert.That(
            () => Controller(new MemoryLog(), Front(10) with { Budget = new BudgetDefinition(10, null, 0.5) }, new QuadraticEvaluator()),
            Throws.TypeOf<StudyException>().With.Message.Contains("'budget.target' is a number for one objective to reach, got 0.5 for 2"));
    }

    [Test]
    public void FrontReport_FloorsAndLimits_LeaveOutWhatDoesNotKeepThem()
    {
        var log = new MemoryLog();
        StudyDefinition study = Front(200);
        Run(log, study);
        FrontReport Report(FrontQuery query) => FrontReport.Of(study, log.Trials, query);
        FrontReport all = Report(new FrontQuery());
        double middle = all.Front[all.Front.Count / 2].Objectives[0];

        FrontReport limited = Report(new FrontQuery { Limits = [new("entropy (1)", middle)] });
        Assert.Multiple(() =>
        {
            Assert.That(limited.Front, Is.EqualTo(all.Front.Where(trial => trial.Objectives[0] <= middle)));
            Assert.That(limited.Refused, Is.EqualTo(all.Front.Count - limited.Front.Count).And.GreaterThan(0));
            Assert.That(limited.Front, Does.Contain(limited.Compromise), "what is picked keeps the limits too");
            Assert.That(all.Front, Does.Contain(all.Knee));
            Assert.That(all.Marks(all.Knee!, ["one", "two"]), Does.Contain("knee"));
            Assert.That(all.BestOf(study, "entropy (2)"), Is.EqualTo(all.Front[^1]));
            Assert.That(all.Gaps.Select(gap => gap.Role), Is.EqualTo(new[] { DataRole.Select, DataRole.Report }));
            Assert.That(all.Gaps[0].Means[0], Is.EqualTo(all.Front.Average(trial => trial.Objectives[0] - log.Trials.Single(row => row.Id == trial.Id && row.Role == DataRole.Search).Objectives[0])).Within(1e-12));
            Assert.That(() => Report(new FrontQuery { Limits = [new("entropy (1)", -1)] }), Throws.TypeOf<StudyException>().With.Message.Contains($"trial {all.Front[0].Id} comes nearest, with entropy (1) at"));
            Assert.That(() => Report(new FrontQuery { Floors = [new("entropy (1)", 0.5)] }), Throws.TypeOf<StudyException>().With.Message.Contains("is of several tasks"));
        });
    }

    [TestCase(200)]
    [TestCase(2000)] // a front of more than fifty
    public void Run_SeveralObjectives_ScoresTheFrontAnewAndPicksTheCompromise(int evaluations)
    {
        var log = new MemoryLog();
        Run(log, Front(evaluations));
        IEnumerable<long> Ids(DataRole role) => log.Trials.Where(trial => trial.Role == role && trial.Strategy != Reference.Strategy).Select(trial => trial.Id);
        var summary = StudySummary.Of(log.Trials);
        IReadOnlyList<Trial> front = StudySummary.Front(log.Trials, DataRole.Search);
        double[][] vectors = [.. log.Trials.Where(trial => trial is { Role: DataRole.Search, Strategy: "nsga2" }).Select(trial => trial.Objectives.ToArray())];
        Assert.Multiple(() =>
        {
            Assert.That(vectors, Has.Length.EqualTo(evaluations), "and nothing is recommended");
            Assert.That(front.Select(trial => trial.Objectives), Is.EquivalentTo(vectors.Where(one => !vectors.Any(other => Dominance.Dominates(other, one))).DistinctBy(one => (one[0], one[1]))));
            Assert.That(Ids(DataRole.Select), Is.EquivalentTo(front.Count > 50 ? Ids(DataRole.Select).Intersect(front.Select(trial => trial.Id)) : front.Select(trial => trial.Id)));
            Assert.That(Ids(DataRole.Select).Count(), Is.EqualTo(evaluations == 200 ? front.Count : 50).And.GreaterThan(5));
            Assert.That(Ids(DataRole.Report), Is.EquivalentTo(StudySummary.Front(log.Trials).Select(trial => trial.Id)));
            Assert.That(summary.Winner, Is.EqualTo(StudySummary.Front(log.Trials, DataRole.Search).Single(trial => trial.Id == summary.Winner!.Id)));
            Assert.That(front.Max(trial => trial.Objectives[0]), Is.GreaterThan(summary.Winner!.Objectives[0]));
            Assert.That(front.Max(trial => trial.Objectives[1]), Is.GreaterThan(summary.Winner!.Objectives[1]), "between the ends");
            Assert.That((summary.BestObserved, summary.Recommended, summary.Optimism), Is.EqualTo(((Trial?)null, (Trial?)null, (double?)null)));
            Assert.That(summary.Choice, Does.Contain("compromise between 2 objectives"));
        });

        var report = FrontReport.Of(Front(200), log.Trials, new FrontQuery { Preferences = [new("entropy (2)", 100)] });
        Assert.Multiple(() =>
        {
            Assert.That(report.Role, Is.EqualTo(DataRole.Select));
            Assert.That(report.Compromise.Id, Is.EqualTo(summary.Winner!.Id));
            Assert.That(report.Preferred!.Objectives[1], Is.LessThan(report.Compromise.Objectives[1]));
            long effort = 1_000_000;
            Assert.That(report.Volume(ref effort), Is.Positive);
            Assert.That(report.Marks(report.Front[0], ["one", "two"]), Does.Contain("best one"));
            Assert.That(() => FrontReport.Of(Front(200), log.Trials, new FrontQuery { Preferences = [new("entropy", 1)] }), Throws.TypeOf<StudyException>().With.Message.Contains("entropy (1), entropy (2)"));
            Assert.That(() => FrontReport.Of(Study(9, 1, null), log.Trials, new FrontQuery()), Throws.TypeOf<StudyException>().With.Message.Contains("has one objective"));
            Assert.That(() => FrontReport.Of(Front(200), [], new FrontQuery()), Throws.TypeOf<StudyException>().With.Message.Contains("no candidate has been scored"));
        });
    }

    // What a strategy believes in is scored anew though other trials dominate it by search scores, beside the front by these.
    [Test]
    public void Run_StrategyBelievesInAFront_ScoresItAnewBesideTheMeasuredOne()
    {
        var log = new MemoryLog();
        Run(log, Front(200) with { Strategy = new BelievingSettings() });
        Trial[] searched = [.. log.Trials.Where(trial => trial is { Role: DataRole.Search, Strategy: "nsga2" })];
        IReadOnlyList<Trial> front = StudySummary.Front(log.Trials, DataRole.Search);
        long[] believed = [.. searched.Take(Believing.Count).Select(trial => trial.Id)];
        Assert.That(believed, Is.Not.SubsetOf(front.Select(trial => trial.Id)));
        Assert.That(
            log.Trials.Where(trial => trial.Role == DataRole.Select && trial.Strategy != Reference.Strategy).Select(trial => trial.Id), Is.EquivalentTo(believed.Union(front.Select(trial => trial.Id))));
    }

    [Test]
    public void Run_SeveralObjectivesCutAfterAnyTrial_ContinuesToTheSameLedger()
    {
        var whole = new MemoryLog();
        Run(whole, Front(60));
        for (int cut = 0; cut <= whole.Trials.Count; cut += 7)
        {
            var log = new MemoryLog();
            log.Append([.. whole.Trials.Take(cut)]);
            Run(log, Front(60));
            Assert.That(log.Trials.Select(Content), Is.EqualTo(whole.Trials.Select(Content)), $"cut after {cut}");
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Run_EvaluatorOfCandidates_ScoresAsManyAtOnceAndLeavesOutOneLambda(int atOnce)
    {
        StudyDefinition study = Study(12, 1, null) with
        {
            Objectives = [new Objective([new ObjectiveTerm(new Score(ScoreKind.Given) { Key = "fit" }, 1)]) { Direction = Direction.Maximize }],
            Evaluator = new EvaluatorDefinition("command", "auto", 8, 0) { Command = new CommandOptions { Arguments = ["x"], Folder = "/" } },
            Strategy = new CmaEsSettings(new CmaEsOptions { Sigma = 0.3, PopulationSize = 6 }),
        };
        var evaluator = new CandidateEvaluator(atOnce);
        var log = new MemoryLog();

        Controller(log, study, evaluator).Run(CancellationToken.None);

        Trial[] searched = [.. log.Trials.Where(trial => trial is { Role: DataRole.Search, Strategy: "cma_es", Label: null })];
        Assert.Multiple(() =>
        {
            Assert.That(log.Trials.Where(trial => trial.Role == DataRole.Search && trial.Strategy == Reference.Strategy).Select(trial => trial.Label), Is.EqualTo(new[] { "base", "expert:x", "expert:y", "uniform" }));
            Assert.That(searched.Select(trial => trial.Id), Is.Ordered);
            Assert.That(searched.Where(trial => trial.State == TrialState.Complete).Select(trial => trial.Objectives[0]), Is.EqualTo(searched.Where(trial => trial.State == TrialState.Complete).Select(trial => -trial.Scores["p/fit"])));
            Assert.That(searched.Count(trial => trial.Reason == "trial 7 is unlucky"), Is.EqualTo(1));
            Assert.That(searched.Select(trial => trial.StartedAt).Distinct().Count(), Is.EqualTo(12 / atOnce), "those of a pass begin together");
            Assert.That(evaluator.Most, Is.EqualTo(atOnce), "candidates wait for each other here, so that one at a time would hang");
        });
    }

    // What the tasks want against small coefficients.
    private static StudyDefinition Front(long evaluations) => Study(evaluations, 1, null) with
    {
        Objectives = [new Objective(ScoreKind.Entropy), new Objective(ScoreKind.Entropy) { Regulariser = new Regulariser(0, 0.3, 0) }],
        Strategy = new NsgaSettings(new GeneticOptions { Population = 20 }, false),
    };

    private static StudyDefinition AdaMerging(AdaMergingOptions options) => Study(1000, 1, null) with { Strategy = new AdaMergingSettings(options) };

    private string Run(MemoryLog log, long evaluations, QuadraticEvaluator? evaluator = null, long seed = 1, double? target = null, CancellationToken cancellationToken = default) =>
        Controller(log, Study(evaluations, seed, target), evaluator ?? new QuadraticEvaluator()).Run(cancellationToken);

    private string Run(MemoryLog log, StudyDefinition study, QuadraticEvaluator? evaluator = null) =>
        Controller(log, study, evaluator ?? new QuadraticEvaluator()).Run(CancellationToken.None);

    // The same numbers without derivatives.
    private sealed class ScoresOnly(IEvaluator evaluator) : IEvaluator
    {
        public string Engine => evaluator.Engine;

        public string Device => evaluator.Device;

        public string Version => evaluator.Version;

        public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => evaluator.Evaluate(weights, role, cancellationToken);

        public void Dispose() => evaluator.Dispose();
    }

    // Task p wants 0.6 in blocks.0, task q wants 0.2 in blocks.1: an evaluator whose optimum is known.
    private sealed class QuadraticEvaluator : IGradientEvaluator
    {
        public int Calls { get; private set; }

        public List<ExampleDraw> Draws { get; } = [];

        public Func<int, bool> Fails { get; init; } = _ => false;

        public Func<int, bool> Collapses { get; init; } = _ => false;

        public Func<int, bool> Breaks { get; init; } = _ => false;

        public string Engine => "quadratic";

        public string Device => "cpu";

        public string Version => "1";

        public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Fails(++Calls))
            {
                throw new EvaluationException("logits of task 'p' are not finite");
            }

            TaskScores Score(string task, double distance) => new(task, new Dictionary<string, double> { ["entropy"] = distance * distance, ["accuracy"] = 1 - distance }, 8, 1);
            TaskScores q = Score("q", weights[1].Span[0] - 0.2);
            if (Collapses(Calls))
            {
                q = q with { Scores = new Dictionary<string, double>(q.Scores) { ["marginal_entropy"] = 0.008 }, MeanPrediction = [0.999, 0.001] };
            }

            return new EvaluationResult([Score("p", weights[0].Span[0] - 0.6), q], TimeSpan.Zero, TimeSpan.Zero);
        }

        public EvaluationResult EvaluateGradients(
            WeightSet weights, DataRole role, ExampleDraw? draw, IReadOnlyList<Objective> objectives, Func<int, GradientReceiver> receivers, CancellationToken cancellationToken)
        {
            EvaluationResult result = Evaluate(weights, role, cancellationToken);
            Draws.AddRange(draw is null ? [] : [draw]);
            double share = draw is null ? 1 : 0.5;
            foreach ((int value, Objective objective) in objectives.SelectMany(objective => objective.OneValued(["p", "q"])).Index())
            {
                IReadOnlyList<IReadOnlyList<double>> byTask = objective.TaskWeights(result.Tasks);
                receivers(value)(0, new[] { (float)(share * byTask[0][0] * 2 * (weights[0].Span[0] - 0.6)) });
                receivers(value)(1, new[] { Breaks(Calls) ? float.PositiveInfinity : (float)(share * byTask[1][0] * 2 * (weights[1].Span[0] - 0.2)) });
            }

            return result with { Tasks = [.. result.Tasks.Select(task => task with { Scores = task.Scores.ToDictionary(score => score.Key, score => share * score.Value) })] };
        }

        public void Dispose()
        {
        }
    }

    // Scores candidates once as many as it takes at once are there.
    private sealed class CandidateEvaluator(int atOnce) : ICandidateEvaluator
    {
        private int _now;

        public int Most { get; private set; }

        public int AtOnce => atOnce;

        public string Engine => "command";

        public string Device => "process";

        public string Version => "1";

        public EvaluationResult Evaluate(CandidateModel candidate, DataRole role, CancellationToken cancellationToken)
        {
            lock (this)
            {
                Most = Math.Max(Most, ++_now);
            }

            SpinWait.SpinUntil(() => Most == atOnce, TimeSpan.FromSeconds(20));
            lock (this)
            {
                _now--;
            }

            double fit = candidate.Coefficients.Sum(one => one.Value);
            return candidate.Trial == 7
                ? throw new EvaluationException("trial 7 is unlucky")
                : new EvaluationResult([new TaskScores("p", new Dictionary<string, double> { ["fit"] = fit }, 0, 1), new TaskScores("q", new Dictionary<string, double> { ["fit"] = fit }, 0, 1)], TimeSpan.Zero, TimeSpan.Zero);
        }

        EvaluationResult IEvaluator.Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }

    private sealed record BelievingSettings() : StrategySettings("nsga2", false)
    {
        public override bool SeeksFront => true;

        public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new Believing(Front(200).Strategy.Create(space, context));

        public override IEnumerable<(string Key, object? Value)> Entries() => [];
    }

    // NSGA-II that believes in the first candidates it asked for, the start among them.
    private sealed class Believing(ISearchStrategy strategy) : ISearchStrategy
    {
        public const int Count = 5;

        private readonly List<IReadOnlyList<double>> _asked = [];

        public string Name => strategy.Name;

        public int PopulationSize => strategy.PopulationSize;

        public string? StopReason => strategy.StopReason;

        public IReadOnlyList<Candidate> Ask(int count)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(count);
            _asked.AddRange(candidates.Select(candidate => candidate.Coefficients));
            return candidates;
        }

        public void Tell(IReadOnlyList<Verdict> verdicts) => strategy.Tell(verdicts);

        public void Learn(IReadOnlyList<Observation> observations) => strategy.Learn(observations);

        public Recommendation? Recommend() => null;

        public IReadOnlyList<IReadOnlyList<double>> RecommendFront() => [.. _asked.Take(Count)];
    }
}
