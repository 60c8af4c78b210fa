using Search.Controller;
using Search.Controller.Racing;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Strategies;
using Search.Strategies.AdaMerging;
using Search.Strategies.CmaEs;
using Search.Strategies.Fronts;
using Search.Strategies.Genetic;
using Search.Strategies.GreedySoup;
using Search.Strategies.OnePlusOne;

namespace Search.Tests.Controller.Racing;

public sealed class RaceTests : ControllerFixture
{
    private static readonly RacingDefinition Halving = new(new HalvingRule(0.5), 0.125, 2);
    private static readonly RacingDefinition Sequential = new(new SequentialRule(0.2), 0.125, 2);

    [Test]
    public void Run_Halving_RecordsEveryRungAndItsCost()
    {
        var log = new MemoryLog();
        var evaluator = new ExampleEvaluator(0.3);
        Run(log, Raced(Halving, 16), evaluator);
        Trial[] rungs = [.. log.Trials.Where(trial => trial.Rung is not null)];
        Trial[] ends = [.. Ends(log)];
        Assert.Multiple(() =>
        {
            Assert.That(ends, Has.Length.EqualTo(16));
            Assert.That(rungs.GroupBy(row => (row.Generation, row.Rung)).Select(rung => rung.Count()), Is.EqualTo(new[] { 8, 4, 2, 1, 8, 4, 2, 1 }));
            Assert.That(rungs.Select(row => row.State), Is.All.EqualTo(TrialState.Running));
            Assert.That(rungs.Select(row => row.Scores["p/examples"]), Is.EqualTo(rungs.Select(row => new[] { 8, 8, 16, 32 }[row.Rung!.Value])), "a rung has the examples that it adds");
            Assert.That(rungs.Sum(row => row.Scores["p/examples"] + row.Scores["q/examples"]), Is.EqualTo(0.3125 * 16 * 2 * ExampleEvaluator.Examples));
            Assert.That(ends.Select(end => end.Fidelity), Is.EqualTo(ends.Select(end => rungs.Where(row => row.Id == end.Id).Sum(row => row.Fidelity))));
            Assert.That(ends.Where(end => end.State == TrialState.Pruned).Select(end => end.Reason), Is.All.Match("^raced out by trial [0-9]+ at (12.5|25|50) % of the examples$"));
            Assert.That(ends.Where(end => end.State == TrialState.Pruned).Select(end => end.Objectives), Is.All.Empty);
            Assert.That(log.Trials.Where(trial => trial.Role == DataRole.Select && trial.Strategy != Reference.Strategy).Select(trial => trial.Id),
                Is.EquivalentTo(ends.Where(end => end.State == TrialState.Complete).Select(end => end.Id).Append(StudySummary.FirstRecommended + 40)), "only who was scored on all examples may win");
        });
    }

    [Test]
    public void Run_Survivors_HaveTheScoresOfAllExamples([Values] bool halving)
    {
        var log = new MemoryLog();
        var evaluator = new ExampleEvaluator(0.3);
        Run(log, Raced(halving ? Halving : Sequential, 40), evaluator);
        Trial[] complete = [.. Ends(log).Where(trial => trial.State == TrialState.Complete)];
        Assert.Multiple(() =>
        {
            Assert.That(complete, Has.Length.GreaterThanOrEqualTo(5));
            Assert.That(complete.Select(trial => trial.Objectives[0]), Is.EqualTo(complete.Select(trial => evaluator.Value((float)trial.Coefficients[0], (float)trial.Coefficients[3]))).Within(1e-7));
            Assert.That(complete.Select(trial => trial.Scores["p/marginal_entropy"]), Is.All.EqualTo(log.Trials[0].Scores["p/marginal_entropy"]).Within(1e-15), "the same for all models here, and joined from rungs");
            Assert.That(complete.Select(trial => StudySummary.Examples(trial)), Is.All.Null, "compared with other scores of all examples");
            Assert.That(complete.Select(trial => trial.Id), Does.Contain(StudySummary.SearchedWinner([.. log.Trials.Where(trial => trial.Rung is null && trial.Label is null)])!.Id));
        });
    }

    [Test]
    public void Run_CutAfterAnyRow_ContinuesToTheSameLedger([Values] bool halving, [Values] bool alone)
    {
        StudyDefinition study = Raced(halving ? Halving : Sequential, 20) with { Strategy = alone ? new OnePlusOneSettings(0.1, 2) : new CmaEsSettings(new CmaEsOptions { Sigma = 0.3 }) };
        var whole = new MemoryLog();
        Run(whole, study, new ExampleEvaluator(0.3));
        for (int cut = 0; cut <= whole.Trials.Count; cut += 3)
        {
            var log = new MemoryLog();
            log.Append([.. whole.Trials.Take(cut)]);
            var evaluator = new ExampleEvaluator(0.3);
            Run(log, study, evaluator);
            Assert.That(log.Trials.Select(Content), Is.EqualTo(whole.Trials.Select(Content)), $"cut after {cut}");
            Assert.That(evaluator.Calls, Is.EqualTo(whole.Trials.Skip(cut).Count(trial => !IsEndOfRace(trial) && !(alone && trial is { Label: StudySummary.RecommendedLabel, Role: DataRole.Search }))), "nothing is evaluated twice");
        }
    }

    [Test]
    public void Run_RowsMissingInTheMiddle_AreMadeAgainToTheSameBits([Values] bool halving)
    {
        StudyDefinition study = Raced(halving ? Halving : Sequential, 24);
        var whole = new MemoryLog();
        Run(whole, study, new ExampleEvaluator(0.3));
        var gaps = new MemoryLog();
        gaps.Append([.. whole.Trials.Where((_, index) => index % 3 != 1)]);
        Run(gaps, study, new ExampleEvaluator(0.3));
        Assert.That(gaps.Trials.Select(Content), Is.EquivalentTo(whole.Trials.Select(Content)));
    }

    [Test]
    public void Run_LoneCandidateThatFails_SaysNothingOfThoseThatComeLater([Values] bool halving)
    {
        var log = new MemoryLog();
        StudyDefinition study = Raced(halving ? Halving : Sequential, 40) with { Strategy = new OnePlusOneSettings(0.1, 2) };
        Run(log, study, new ExampleEvaluator(0.3) { Fails = call => call > 40 && call % 9 == 0 });
        Trial[] ends = [.. Ends(log)];
        Assert.That(ends, Has.Length.EqualTo(40));
        Trial[] failed = [.. ends.Where(trial => trial.State == TrialState.Failed)];
        Assert.That(failed, Is.Not.Empty);
        Assert.That(ends.Where(trial => trial.State == TrialState.Pruned).Select(trial => trial.Reason), Is.Not.Empty.And.All.Matches<string>(reason => !failed.Any(trial => reason.Contains($"trial {trial.Id} ", StringComparison.Ordinal))));
        var resumed = new MemoryLog();
        resumed.Append(log.Trials);
        var again = new ExampleEvaluator(0.3);
        Run(resumed, study, again);
        Assert.That(again.Calls, Is.Zero);
    }

    [Test]
    public void Run_CandidatesThatFailOnTheWay_AreRecordedWithWhatTheyTook()
    {
        var log = new MemoryLog();
        var evaluator = new ExampleEvaluator(0.3) { Fails = call => call > 30 && call % 5 == 0 };
        StudyDefinition study = Raced(Halving, 32);
        Run(log, study, evaluator);
        Trial[] failed = [.. Ends(log).Where(trial => trial.State == TrialState.Failed)];
        var resumed = new MemoryLog();
        resumed.Append(log.Trials);
        var again = new ExampleEvaluator(0.3);
        Run(resumed, study, again);
        Assert.Multiple(() =>
        {
            Assert.That(Ends(log).Count(), Is.EqualTo(32));
            Assert.That(failed.Select(trial => log.Trials.Count(row => row.Rung is not null && row.Id == trial.Id)), Has.Some.EqualTo(1).And.Some.GreaterThan(1));
            Assert.That(log.Trials.Where(row => row.Rung is not null && row.State == TrialState.Failed).Select(row => row.Id), Is.EquivalentTo(failed.Select(trial => trial.Id)), "the rung that failed is a row");
            Assert.That(failed.Select(trial => trial.Fidelity), Is.EqualTo(failed.Select(trial => log.Trials.Where(row => row.Rung is not null && row.Id == trial.Id).Sum(row => row.Fidelity))));
            Assert.That(failed.Select(trial => trial.Reason), Is.All.EqualTo("logits of task 'p' are not finite"));
            Assert.That(again.Calls, Is.Zero);
            Assert.That(resumed.Trials, Has.Count.EqualTo(log.Trials.Count));
        });
    }

    [Test]
    public void Run_Racing_FindsTheOptimumWithFewerExamples([Values] bool halving)
    {
        var whole = new ExampleEvaluator(0.3);
        Run(new MemoryLog(), Raced(null, 300), whole);
        var evaluator = new ExampleEvaluator(0.3);
        var log = new MemoryLog();
        Run(log, Raced(halving ? Halving : Sequential, 300), evaluator);
        Trial winner = StudySummary.SearchedWinner([.. log.Trials.Where(trial => trial.Rung is null)])!;
        double[] wanted = [.. new[] { 0, 1 }.Select(task => Enumerable.Range(0, 400).Select(step => step / 400.0).MinBy(weight => evaluator.Value(task == 0 ? weight : 0, task == 1 ? weight : 0)))];
        Assert.Multiple(() =>
        {
            Assert.That(winner.Coefficients[0], Is.EqualTo(wanted[0]).Within(0.1), "a quarter of an example's spread");
            Assert.That(winner.Coefficients[3], Is.EqualTo(wanted[1]).Within(0.1));
            Assert.That(evaluator.Scored, Is.LessThan((halving ? 0.6 : 0.95) * whole.Scored), "references and what is selected are scored on all examples");
        });
    }

    [Test]
    public void Run_AloneInItsGeneration_RacesThoseBefore([Values] bool halving)
    {
        var log = new MemoryLog();
        Run(log, Raced(halving ? Halving : Sequential, 60) with { Strategy = new OnePlusOneSettings(0.1, 2) }, new ExampleEvaluator(0.1));
        Trial[] ends = [.. Ends(log)];
        double best = double.PositiveInfinity;
        foreach (Trial end in ends)
        {
            if (end.State == TrialState.Complete)
            {
                best = Math.Min(best, end.Objectives[0]);
            }
            else
            {
                long rival = long.Parse(end.Reason!.Split(' ')[4], System.Globalization.CultureInfo.InvariantCulture);
                Assert.That(rival, Is.LessThan(end.Id));
            }
        }

        Assert.That(ends[0].State, Is.EqualTo(TrialState.Complete), "the first has no rival");
        Assert.That(ends.Count(end => end.State == TrialState.Pruned), Is.InRange(10, 50));
    }

    [Test]
    public void Run_SeveralObjectives_NoneLosesThatNoRivalBeatsInEach([Values] bool halving)
    {
        StudyDefinition study = Raced(halving ? Halving : Sequential, 80) with
        {
            Objectives = [new Objective(ScoreKind.Entropy, Aggregation.None)],
            Strategy = new NsgaSettings(new GeneticOptions { Population = 20 }, false),
        };
        var log = new MemoryLog();
        Run(log, study, new ExampleEvaluator(0.1));
        Trial[] lost = [.. Ends(log).Where(trial => trial.State == TrialState.Pruned)];
        Assert.That(lost, Has.Length.GreaterThan(20));
        Assert.That(Ends(log).Where(trial => trial.State == TrialState.Complete).Select(trial => trial.Objectives.Count), Is.All.EqualTo(2));
        foreach (Trial end in halving ? [] : lost)
        {
            long rival = long.Parse(end.Reason!.Split(' ')[4], System.Globalization.CultureInfo.InvariantCulture);
            Trial mine = log.Trials.Where(row => row.Id == end.Id && row.Rung is not null).MaxBy(row => row.Rung)!;
            Trial other = log.Trials.Single(row => row.Id == rival && row.Rung == mine.Rung);
            Assert.That(mine.Objectives.Zip(other.Objectives).All(pair => pair.First > pair.Second), Is.True, end.Reason);
        }
    }

    [Test]
    public void Run_Constrained_NoneLosesToOneThatIsMoreInfeasibleOnTheSameExamples([Values] bool halving, [Values] bool alone)
    {
        StudyDefinition study = Constrained(halving, alone, 120);
        var log = new MemoryLog();
        Run(log, study, new ExampleEvaluator(0.1));
        Trial[] ends = [.. Ends(log)];
        Trial[] lost = [.. ends.Where(trial => trial.State == TrialState.Pruned)];
        Assert.That(lost, Has.Length.GreaterThan(5));
        foreach (Trial end in lost)
        {
            Trial[] mine = [.. log.Trials.Where(row => row.Rung is not null && row.Id == end.Id)];
            long rival = long.Parse(end.Reason!.Split(' ')[4], System.Globalization.CultureInfo.InvariantCulture);
            bool isKnown = alone && ends.Any(trial => trial.Id == rival && trial.State == TrialState.Complete); // then by all examples
            double others = Excess([.. log.Trials.Where(row => row.Rung is { } rung && row.Id == rival && (isKnown || rung < mine.Length))]);
            Assert.That(others, Is.LessThanOrEqualTo(Excess(mine) + 1e-12), end.Reason);
        }

        var summary = StudySummary.Of(study, [.. log.Trials.Where(trial => trial.Rung is null)]);
        Trial[] complete = [.. ends.Where(trial => trial.State == TrialState.Complete)];
        TestContext.Out.WriteLine($"{complete.Count(trial => trial.Scores["p/entropy"] >= Least)} of {complete.Length} that came to the end are feasible; winner {summary.Winner!.Scores["p/entropy"]:0.000}");
        Assert.That(summary.Winner!.Scores["p/entropy"], Is.InRange(Least, 1.5 * Least), "the objective alone would make it 0.01");
        Assert.That(complete.Count(trial => trial.Scores["p/entropy"] >= Least), halving ? Is.GreaterThan(complete.Length / 2) : Is.Positive, "the test of differences drops no infeasible candidate whose objective is the best");
    }

    [Test]
    public void Run_ConstrainedAndCutAfterAnyRow_ContinuesToTheSameLedger([Values] bool halving, [Values] bool alone)
    {
        StudyDefinition study = Constrained(halving, alone, 24);
        var whole = new MemoryLog();
        Run(whole, study, new ExampleEvaluator(0.1));
        for (int cut = 5; cut <= whole.Trials.Count; cut += 11)
        {
            var log = new MemoryLog();
            log.Append([.. whole.Trials.Take(cut)]);
            Run(log, study, new ExampleEvaluator(0.1));
            Assert.That(log.Trials.Select(Content), Is.EqualTo(whole.Trials.Select(Content)), $"cut after {cut}");
        }
    }

    [Test]
    public void Run_ConstrainedLosers_AreToldMoreThanWhoeverCameToTheEnd()
    {
        var settings = new HeardSettings();
        Run(new MemoryLog(), Constrained(true, false, 64) with { Strategy = settings }, new ExampleEvaluator(0.1));
        foreach (Verdict[] generation in settings.Verdicts.Chunk(8))
        {
            double most = generation.Where(verdict => verdict.Objectives is not null).Max(verdict => verdict.Objectives![0]);
            Assert.That(generation.Where(verdict => verdict.IsPruned).Select(verdict => verdict.Estimate), Is.Not.Empty.And.All.GreaterThan(most));
        }
    }

    [Test]
    public void Run_Losers_AreToldInTheOrderInWhichTheyLost()
    {
        var log = new MemoryLog();
        var settings = new HeardSettings();
        Run(log, Raced(Halving, 8) with { Strategy = settings }, new ExampleEvaluator(0.3));
        double[] values = [.. settings.Verdicts.Select(verdict => verdict.Objectives?[0] ?? verdict.Estimate!.Value)];
        int[] rungs = [.. settings.Verdicts.Select((_, index) => log.Trials.Count(row => row.Rung is not null && row.Id == 24 + index))];
        Assert.That(Enumerable.Range(0, 8).OrderBy(index => values[index]).Select(index => rungs[index]), Is.EqualTo(new[] { 4, 3, 2, 2, 1, 1, 1, 1 }));
        Assert.That(values, Is.Unique);
    }

    [TestCaseSource(nameof(Refused))]
    public void Run_WhatCannotRace_IsRefused(StudyDefinition study, string message) =>
        Assert.That(() => Run(new MemoryLog(), study, new ExampleEvaluator(0.1)), Throws.TypeOf<StudyException>().With.Message.EqualTo($"study quadratic: 'racing' {message}."));

    [Test]
    public void Run_EngineWithoutParts_IsRefused() =>
        Assert.That(() => Run(new MemoryLog(), Raced(Halving, 8), new Whole()), Throws.TypeOf<SearchException>().With.Message.EqualTo("engine whole scores all examples or none, and 'racing' asks for a part of them."));

    [Test]
    public void Run_LedgerOfAnotherSeed_IsRefusedAtItsRungs()
    {
        var log = new MemoryLog();
        Run(log, Raced(Halving, 8), new ExampleEvaluator(0.1));
        var rungs = new MemoryLog();
        rungs.Append([.. log.Trials.Where(trial => trial.Rung is not null)]);
        Assert.That(() => Run(rungs, Raced(Halving, 8) with { Seed = 2 }, new ExampleEvaluator(0.1)), Throws.TypeOf<StudyException>().With.Message.Contains("other coefficients"));
    }

    private static IEnumerable<object[]> Refused()
    {
        yield return [Raced(Halving, 8) with { Strategy = new AdaMergingSettings(new AdaMergingOptions()) }, "stops candidates of a generation that have lost, and strategy adamerging needs the derivative of each"];
        yield return [Raced(Halving, 8) with { Strategy = new GreedySoupSettings(SoupOrder.Score) }, "stops candidates of a generation that have lost, and strategy greedy_soup needs the score of each"];
        yield return [Raced(Halving, 8) with { Evaluator = new EvaluatorDefinition("command", "auto", 8, 0) { Command = new CommandOptions { Arguments = ["score"], Folder = "/" } } }, "needs examples that can be scored a few at a time, which a command does not offer"];
        yield return [Raced(Sequential, 8) with { Objectives = [new Objective(ScoreKind.Infomax)] }, "with rule: sequential compares candidates example by example, so objectives must be sums of means over examples, got 'infomax'; use rule: halving"];
        yield return [Raced(Sequential, 8) with { Objectives = [new Objective(ScoreKind.Entropy, Aggregation.Max)] }, "with rule: sequential compares candidates example by example, so objectives must be sums of means over examples, got 'entropy' of the worst task; use rule: halving"];
    }

    private const double Least = 0.05;

    // A bound that cuts the optimum off, and a floor that is measured by references.
    private static StudyDefinition Constrained(bool halving, bool alone, long evaluations) => Raced(halving ? Halving : Sequential, evaluations) with
    {
        Constraints = [new StudyConstraint("p/-entropy", -Least, null), new StudyConstraint("p", null, 0.1)],
        Strategy = alone ? new OnePlusOneSettings(0.1, 2) : new CmaEsSettings(new CmaEsOptions { Sigma = 0.3 }),
    };

    // How much the rows' examples together fall short of the bound.
    private static double Excess(Trial[] rungs) => Math.Max(0, Least - (rungs.Sum(row => row.Scores["p/examples"] * row.Scores["p/entropy"]) / rungs.Sum(row => row.Scores["p/examples"])));

    private static StudyDefinition Raced(RacingDefinition? racing, long evaluations) => Study(evaluations, 1, null) with { Racing = racing };

    private static IEnumerable<Trial> Ends(MemoryLog log) =>
        log.Trials.Where(trial => trial is { Role: DataRole.Search, Rung: null, Label: null } && trial.Strategy != Reference.Strategy).OrderBy(trial => trial.Id);

    // Such a row follows from others.
    private static bool IsEndOfRace(Trial trial) => trial is { Role: DataRole.Search, Rung: null, Label: null } && trial.Strategy != Reference.Strategy;

    // A strategy that is listened to.
    private sealed record HeardSettings() : StrategySettings("cma_es", false)
    {
        public List<Verdict> Verdicts { get; } = [];

        public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new Heard(new CmaEsStrategy(space, new CmaEsOptions { Sigma = 0.3 }), Verdicts);

        public override IEnumerable<(string Key, object? Value)> Entries() => [];
    }

    private sealed class Heard(ISearchStrategy strategy, List<Verdict> verdicts) : ISearchStrategy
    {
        public string Name => strategy.Name;

        public int PopulationSize => strategy.PopulationSize;

        public string? StopReason => strategy.StopReason;

        public IReadOnlyList<Candidate> Ask(int count) => strategy.Ask(count);

        public void Tell(IReadOnlyList<Verdict> told)
        {
            verdicts.AddRange(told);
            strategy.Tell(told);
        }

        public void Learn(IReadOnlyList<Observation> observations) => strategy.Learn(observations);

        public Recommendation? Recommend() => strategy.Recommend();
    }

    private sealed class Whole : IEvaluator
    {
        private readonly ExampleEvaluator _examples = new(0.1);

        public string Engine => "whole";

        public string Device => "cpu";

        public string Version => "1";

        public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => _examples.Evaluate(weights, role, cancellationToken);

        public void Dispose() => _examples.Dispose();
    }

    private void Run(MemoryLog log, StudyDefinition study, IEvaluator evaluator) => Controller(log, study, evaluator).Run(CancellationToken.None);
}
