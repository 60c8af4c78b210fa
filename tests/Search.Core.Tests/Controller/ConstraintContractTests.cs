using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Strategies;
using Search.Yaml;

namespace Search.Tests.Controller;

// What a constraint means for every strategy that a study can name.
public sealed class ConstraintContractTests : ControllerFixture
{
    private const double Limit = 0.0625; // of p's kl, which keeps blocks.0 within a quarter, where the objectives want 0.6

    // They propose the same whatever they are told, or only what somebody made.
    private static readonly string[] Deaf = ["grid", "random", "sobol", "dirichlet", "greedy_soup"];

    // Models that take long to fit get fewer candidates, and a grid all of its own.
    private static readonly Dictionary<string, (long Whole, long Short)> Budgets = new() { ["nehvi"] = (16, 9), ["map"] = (28, 20), ["grid"] = (256, 256), ["parego"] = (48, 20), ["bayesian"] = (48, 20), ["turbo"] = (60, 24) };

    private static IEnumerable<string> Strategies => StrategyList.Names.Where(name => !Of(name, 10).Strategy.NeedsGradient);

    private static IEnumerable<string> Descents => StrategyList.Names.Except(Strategies);

    [TestCaseSource(nameof(Strategies))]
    public void Run_ALimitThatCutsTheOptimumOff_LetsOnlyFeasibleCandidatesWin(string strategy)
    {
        StudyDefinition study = Of(strategy, Budgets.GetValueOrDefault(strategy, (72, 30)).Item1);
        MemoryLog log = Run(study);
        Trial[] searched = [.. log.Trials.Where(trial => trial is { Role: DataRole.Search, Strategy: not Reference.Strategy, Label: null })];
        double free = Share(Run(study with { Constraints = [] }));
        double share = Share(log);
        var summary = StudySummary.Of(study, log.Trials);
        TestContext.Out.WriteLine($"{strategy}: {searched.Count(IsFeasible)} of {searched.Length} feasible; of the last third {share:0.00}, {free:0.00} without the limit; best {summary.Winner!.Objectives[0]:0.0000}");
        Assert.Multiple(() =>
        {
            Assert.That(searched.Where(IsFeasible), Is.Not.Empty);
            Assert.That(Deaf.Contains(strategy) || (share >= 0.4 && share >= free + 0.15), $"of the last third {share:0.00} is feasible, and {free:0.00} without the limit");
            Assert.That(log.Trials.Where(trial => trial is { Role: DataRole.Select, Strategy: not Reference.Strategy }).Select(trial => trial.Id),
                Is.Not.Empty.And.All.Matches<long>(id => IsFeasible(log.Trials.Single(trial => trial.Id == id && trial.Role == DataRole.Search))), "nothing infeasible is scored anew");
            Assert.That(IsFeasible(summary.On(summary.Winner, DataRole.Search)!) && IsFeasible(summary.On(summary.Winner, DataRole.Select)!));
            Assert.That(summary.BestObserved, study.ObjectiveCount > 1 ? Is.Null : Is.EqualTo(searched.Where(IsFeasible).MinBy(trial => trial.Objectives[0])));
            Assert.That(summary.Recommended is not { } recommended || IsFeasible(recommended));
            Assert.That(study.ObjectiveCount == 1 ? [] : FrontReport.Of(study, log.Trials, new FrontQuery()).Front, Is.All.Matches<Trial>(IsFeasible));
        });
    }

    [TestCaseSource(nameof(Strategies))]
    public void Run_ConstrainedAndCutAfterAnyTrial_ContinuesToTheSameLedger(string strategy)
    {
        StudyDefinition study = Of(strategy, Budgets.GetValueOrDefault(strategy, (72, 30)).Item2);
        study = study with { Constraints = [.. study.Constraints, new StudyConstraint("q/entropy", null, 0.1)] };
        MemoryLog whole = Run(study);
        foreach (int cut in new[] { 0.3, 0.6, 0.8, 0.95 }.Select(part => (int)(part * whole.Trials.Count)))
        {
            var log = new MemoryLog();
            log.Append([.. whole.Trials.Take(cut)]);
            Assert.That(Run(study, log).Trials.Select(Content), Is.EqualTo(whole.Trials.Select(Content)), $"cut after {cut}");
        }
    }

    [TestCaseSource(nameof(Descents))]
    public void Run_StrategyThatNeedsDerivatives_IsRefused(string strategy) => Assert.That(() => Run(Of(strategy, 10)), Throws.TypeOf<StudyException>().With.Message.EqualTo(
        $"study quadratic: 'constraints' reach strategies as penalties, which have no derivative, and strategy {strategy} needs that of each candidate."));

    private static double Share(MemoryLog log)
    {
        Trial[] searched = [.. log.Trials.Where(trial => trial is { Role: DataRole.Search, Strategy: not Reference.Strategy, Label: null })];
        return searched[(2 * searched.Length / 3)..].Average(trial => IsFeasible(trial) ? 1 : 0);
    }

    private static bool IsFeasible(Trial trial) => trial.Scores["p/kl"] <= Limit;

    private static StudyDefinition Of(string strategy, long evaluations)
    {
        bool isFront = StrategyList.FrontNames.Contains(strategy);
        string[] settings = [$"name={strategy}", .. strategy is "nsga2" or "nsga3" or "genetic" ? ["population=12"] : strategy == "grid" ? ["points=4"] : Array.Empty<string>()];
        StudyDefinition study = Study(evaluations, 1, null);
        return study with
        {
            Objectives = isFront ? [new Objective(ScoreKind.Entropy), new Objective(ScoreKind.Entropy) { Regulariser = new Regulariser(0, 3, 0) }] : [new Objective(ScoreKind.Entropy)],
            Constraints = [new StudyConstraint("p/kl", Limit, null)],
            Merge = strategy == "dirichlet" ? study.Merge with { Constraints = new MergeConstraints(GroupSum.Simplex, [], []) } : study.Merge,
            Strategy = StrategyList.Read(YamlMap.Of("test", settings), new StrategyLimits(-0.5, 1.5, 2) { Objectives = isFront ? 2 : 1 }),
        };
    }

    private MemoryLog Run(StudyDefinition study, MemoryLog? log = null)
    {
        log ??= new MemoryLog();
        Controller(log, study, new Bounded()).Run(CancellationToken.None);
        return log;
    }

    // Beside what the tasks want a score that rises with the weights, on select data a little more.
    private sealed class Bounded : IEvaluator
    {
        public string Engine => "bounded";

        public string Device => "cpu";

        public string Version => "1";

        public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken)
        {
            TaskScores Score(string task, double weight, double wanted) => new(
                task,
                new Dictionary<string, double> { ["entropy"] = (weight - wanted) * (weight - wanted), ["kl"] = (role == DataRole.Select ? 1.1 : 1) * weight * weight },
                8,
                1);
            return new EvaluationResult([Score("p", weights[0].Span[0], 0.6), Score("q", weights[1].Span[0], 0.2)], TimeSpan.Zero, TimeSpan.Zero);
        }

        public void Dispose()
        {
        }
    }
}
