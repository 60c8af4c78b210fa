using Search.Checkpoints;
using Search.Controller;
using Search.Evaluation;
using Search.Merging;
using Search.Merging.Operators;
using Search.Results;
using Search.Strategies;
using Search.Strategies.CmaEs;

namespace Search.Tests.Controller;

// A study of two experts with one number in each of two blocks: four coefficients, of which two matter.
public abstract class ControllerFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModelFamily _family;
    private readonly Merger _merger;
    private readonly MergeSpace _space;

    protected ControllerFixture()
    {
        string Save(string name, float a, float b) => _folder.Safetensors(
            $"{name}.safetensors", TensorContent.FromFloats("blocks.0.w", TensorType.F32, [1], new[] { a }), TensorContent.FromFloats("blocks.1.w", TensorType.F32, [1], new[] { b }));
        _family = ModelFamily.Open(Save("base", 0, 0), [new("x", Save("x", 1, 0)), new("y", Save("y", 0, 1))], []);
        _merger = new Merger(_family.Layout);
        _space = new MergeSpace(new TaskArithmetic().Prepare(TaskVectors.Mapped(_family)), Granularity.Block, new TensorBlocks(TensorBlocks.DefaultPatterns), BufferPolicy.Average);
    }

    public void Dispose()
    {
        _family.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    // Everything but timings.
    private protected static string Content(Trial trial) => string.Join(' ', [
        $"{trial.Id} {trial.Role} {trial.State} {trial.Reason} {trial.Label} {trial.Generation} {trial.Fidelity} {trial.Rung}",
        .. trial.Coefficients.Concat(trial.Objectives).Concat(trial.Gradient ?? []).Select(value => $"{value:R}"),
        .. trial.Scores.Select(score => $"{score.Key}={score.Value:R}"),
        .. trial.Blocks.Select(score => $"{score.Key}={string.Join(',', score.Value.Select(value => $"{value:R}"))}")]);

    internal static StudyDefinition Study(long evaluations, long seed, double? target)
    {
        var batches = new Dictionary<DataRole, string> { [DataRole.Search] = "s", [DataRole.Select] = "v", [DataRole.Report] = "r" };
        return new StudyDefinition
        {
            Name = "quadratic",
            Model = new ModelDefinition("graph", "base", [new ExpertDefinition("x", "x"), new ExpertDefinition("y", "y")], []),
            Tasks = [new TaskDefinition("p", "x", batches), new TaskDefinition("q", "y", batches)],
            Inputs = new Dictionary<string, AffineMap>(),
            Merge = new MergeDefinition(new TaskArithmetic(), new GranularityGrouping(Granularity.Block), TensorBlocks.DefaultPatterns, -0.5, 1.5, new InitialPoint(0.3), BufferPolicy.Average),
            Objectives = [new Objective(ScoreKind.Entropy, Aggregation.Mean)],
            Strategy = new CmaEsSettings(new CmaEsOptions { Sigma = 0.3 }),
            Evaluator = new EvaluatorDefinition("auto", "auto", 8, 0),
            Budget = new BudgetDefinition(evaluations, null, target),
            Seed = seed,
        };
    }

    private protected StudyController Controller(MemoryLog log, StudyDefinition study, IEvaluator evaluator)
    {
        SearchSpace space = _space.ToSearchSpace(-0.5, 1.5, [0.3, 0.3, 0.3, 0.3], study.Merge.Constraints.For(_space));
        return new StudyController(
            study,
            _space,
            space,
            new CandidateScorer(_merger, _space, evaluator, study.Objectives, [0.3, 0.3, 0.3, 0.3], new CollapseGuard(study.Evaluator.CollapseFloor), 3, TimeProvider.System),
            study.Strategy.Create(space, new StrategyContext(study.Seed, 2, study.Budget.Evaluations) { Objectives = study.ObjectiveCount }),
            log,
            new Silence(),
            TimeProvider.System);
    }

    private protected sealed class MemoryLog : ITrialLog
    {
        public List<Trial> Trials { get; } = [];

        public IReadOnlyList<Trial> Read() => [.. Trials];

        public void Append(IReadOnlyList<Trial> trials) => Trials.AddRange(trials);

        public void Compact()
        {
        }
    }

    private sealed class Silence : IStudyProgress
    {
        public void Begin(string phase, long? total)
        {
        }

        public void Advance(Trial trial, bool recorded, double? best)
        {
        }

        public void Rung(int rung, int rungs, int candidates)
        {
        }

        public void Note(string text)
        {
        }
    }
}
