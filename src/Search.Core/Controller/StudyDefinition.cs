using Search.Checkpoints;
using Search.Controller.Racing;
using Search.Evaluation;
using Search.Merging;
using Search.Strategies;

namespace Search.Controller;

/// <summary>One search, fully resolved: every default filled in, every path absolute.</summary>
public sealed record StudyDefinition
{
    /// <summary>The study's name; runs are kept under it.</summary>
    public required string Name { get; init; }

    /// <summary>The graph and the checkpoints.</summary>
    public required ModelDefinition Model { get; init; }

    /// <summary>The tasks, in the study's order; at least one.</summary>
    public required IReadOnlyList<TaskDefinition> Tasks { get; init; }

    /// <summary>How tensors feed graph inputs that they do not match by type: input name to its affine map.</summary>
    public required IReadOnlyDictionary<string, AffineMap> Inputs { get; init; }

    /// <summary>What is merged how, and within which bounds.</summary>
    public required MergeDefinition Merge { get; init; }

    /// <summary>What is minimised; at least one.</summary>
    public required IReadOnlyList<Objective> Objectives { get; init; }

    /// <summary>What candidates must keep to.</summary>
    /// <value>The default is nothing.</value>
    public IReadOnlyList<StudyConstraint> Constraints { get; init; } = [];

    /// <summary>The different scores that are computed of each task: what the objectives need, and what constraints name.</summary>
    public IReadOnlyList<Score> Scores =>
        [.. Objective.ScoresOf(Objectives).Concat(Constraints.Select(one => BoundedQuantity.Find(this, one.Objective).Score).OfType<Score>()).DistinctBy(score => score.Name)];

    /// <summary>How many objectives candidates have.</summary>
    public int ObjectiveCount => Objectives.Sum(objective => objective.Count(Tasks.Count));

    /// <summary>What people call the objectives, each name once: an objective's title, with <c>/task</c> where there is one a task.</summary>
    public IReadOnlyList<string> ObjectiveNames
    {
        get
        {
            string[] names = [.. Objectives.SelectMany(objective => objective.Aggregate == Aggregation.None ? Tasks.Select(task => $"{objective.Title}/{task.Name}") : [objective.Title])];
            return [.. names.Select((name, index) => names.Count(other => other == name) == 1 ? name : $"{name} ({index + 1})")];
        }
    }

    /// <summary>The task that each objective is of, or null for one of several.</summary>
    public IReadOnlyList<string?> ObjectiveTasks =>
        [.. Objectives.SelectMany(objective => objective.Aggregate == Aggregation.None ? Tasks.Select(task => (string?)task.Name) : [Tasks.Count == 1 ? Tasks[0].Name : null])];

    /// <summary>Checks that the strategy and the budget are for as many objectives as there are.</summary>
    /// <exception cref="StudyException">They are not.</exception>
    public void CheckObjectives()
    {
        if (Strategy.Mismatch(ObjectiveCount) is { } mismatch)
        {
            throw new StudyException($"study {Name}: {mismatch}.");
        }

        if (ObjectiveCount > 1 && Budget.Target is { } target)
        {
            throw new StudyException($"study {Name}: 'budget.target' is a number for one objective to reach, got {target} for {ObjectiveCount}.");
        }
    }

    /// <summary>Checks that what is raced can be scored on a part of the examples, and be judged by it.</summary>
    /// <exception cref="StudyException">It cannot.</exception>
    public void CheckRacing()
    {
        if (Racing is null)
        {
            return;
        }

        string? mismatch = Evaluator.Command is not null ? "needs examples that can be scored a few at a time, which a command does not offer"
            : Strategy.Parts.FirstOrDefault(part => part.NeedsGradient) is { } steps ? $"stops candidates of a generation that have lost, and strategy {steps.Name} needs the derivative of each"
            : Strategy.Parts.FirstOrDefault(part => part.NeedsEveryScore) is { } needy ? $"stops candidates of a generation that have lost, and strategy {needy.Name} needs the score of each"
            : Racing.Rule.Mismatch(this) is { } rule ? $"with rule: {Racing.Rule.Name} {rule}"
            : null;
        if (mismatch is not null)
        {
            throw new StudyException($"study {Name}: 'racing' {mismatch}.");
        }
    }

    /// <summary>Checks that the strategy can go by penalties where there are constraints.</summary>
    /// <exception cref="StudyException">It cannot.</exception>
    public void CheckConstraints()
    {
        if (Constraints.Count > 0 && Strategy.Parts.FirstOrDefault(part => part.NeedsGradient) is { } steps)
        {
            throw new StudyException($"study {Name}: 'constraints' reach strategies as penalties, which have no derivative, and strategy {steps.Name} needs that of each candidate.");
        }
    }

    /// <summary>Who proposes candidates.</summary>
    public required StrategySettings Strategy { get; init; }

    /// <summary>Which engine scores them.</summary>
    public required EvaluatorDefinition Evaluator { get; init; }

    /// <summary>How candidates race, or null where each is scored on all examples.</summary>
    public RacingDefinition? Racing { get; init; }

    /// <summary>When the search ends.</summary>
    public required BudgetDefinition Budget { get; init; }

    /// <summary>The seed of everything random; at least 0.</summary>
    public required long Seed { get; init; }
}

/// <summary>The graph and the checkpoints of a study.</summary>
/// <param name="Graph">The ONNX file, or null where a command scores.</param>
/// <param name="Base">The base model's checkpoint.</param>
/// <param name="Experts">Expert name to checkpoint, in the study's order; at least one.</param>
/// <param name="Private">Regular expressions of task-specific tensors: never merged, taken from the task's expert.</param>
public sealed record ModelDefinition(string? Graph, string Base, IReadOnlyList<ExpertDefinition> Experts, IReadOnlyList<string> Private)
{
    /// <summary>For checkpoint names that the graph lacks: regular expression to replacement, in the study's order; the first that matches counts.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Rename { get; init; } = [];
}

/// <summary>One expert of a study or recipe.</summary>
/// <param name="Name">The name coefficients carry.</param>
/// <param name="Path">Its checkpoint.</param>
/// <param name="Base">The checkpoint that it was fine-tuned from where that is not the base of the merge, or null.</param>
public sealed record ExpertDefinition(string Name, string Path, string? Base = null);

/// <summary>One task of a study.</summary>
/// <param name="Name">The task's name.</param>
/// <param name="Expert">The expert that knows it, and gives it its private tensors; null where a command scores and the study does not say.</param>
/// <param name="Batches">Role to batch file; none where a command scores.</param>
public sealed record TaskDefinition(string Name, string? Expert, IReadOnlyDictionary<DataRole, string> Batches)
{
    /// <summary>The data that it can be scored on; <see cref="DataRole.Search"/> is always there.</summary>
    public IReadOnlyList<DataRole> Roles { get; init; } = [.. Batches.Keys];
}

/// <summary>How a study merges.</summary>
/// <param name="Operator">The merge function.</param>
/// <param name="Granularity">Which tensors share coefficients.</param>
/// <param name="Blocks">Regular expressions that name a tensor's block; the first match wins.</param>
/// <param name="Lower">The least value of a coefficient.</param>
/// <param name="Upper">The greatest value of a coefficient.</param>
/// <param name="Initial">Where a search starts.</param>
/// <param name="Buffers">What happens to batch-normalisation statistics.</param>
public sealed record MergeDefinition(
    MergeOperator Operator, TensorGrouping Granularity, IReadOnlyList<string> Blocks, double Lower, double Upper, InitialPoint Initial, BufferPolicy Buffers)
{
    /// <summary>Regular expressions of kinds of module, tried before those that are built in.</summary>
    public IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Kinds { get; init; } = [];

    /// <summary>Kinds or regular expressions of the tensors that merge; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Kinds or regular expressions of the tensors that stay the base's.</summary>
    public IReadOnlyList<string> Except { get; init; } = [];

    /// <summary>Which groups of tensors are cut further, each chunk with coefficients of its own, and which have none.</summary>
    public ChunkDefinition Chunks { get; init; } = new();

    /// <summary>What coefficients must satisfy beyond their bounds.</summary>
    public MergeConstraints Constraints { get; init; } = MergeConstraints.None;

    /// <summary>What vectors are rounded to, and stored as in memory.</summary>
    public TensorType Storage { get; init; } = TensorType.F32;

    /// <summary>The folder in which preparations are kept for other studies and for a resume, or null to keep none.</summary>
    public string? Cache { get; init; }

    /// <summary>Which tensors merge at all.</summary>
    public TensorFilter Filter => new(Only, Except, new TensorKinds(Kinds));

    /// <summary>What shares coefficients in models.</summary>
    /// <param name="family">The models.</param>
    /// <param name="chunks">Which groups are cut further, and which have no coefficients.</param>
    /// <exception cref="MergeException">The tensors do not fit the granularity or the chunks.</exception>
    public CoefficientGroups Groups(ModelFamily family, ChunkDefinition chunks) =>
        new(family, Granularity, new TensorBlocks(Blocks), new TensorKinds(Kinds), chunks.Counts, chunks.Fixed);
}

/// <summary>Which engine scores candidates.</summary>
/// <param name="Engine"><c>auto</c>, <c>onnxruntime</c>, <c>torch</c> or <c>command</c>.</param>
/// <param name="Device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:i</c>.</param>
/// <param name="BatchSize">Examples a forward pass.</param>
/// <param name="Threads">Compute threads; 0 for one a core.</param>
/// <param name="CollapseFloor">Under which fraction of ln C the entropy of a task's mean prediction flags a candidate; 0 flags none.</param>
public sealed record EvaluatorDefinition(string Engine, string Device, int BatchSize, int Threads, double CollapseFloor = CollapseGuard.DefaultFloor)
{
    /// <summary>Where the torch engine has the task vectors: <c>auto</c> (on a CUDA device that has room, in float32), <c>host</c>, or on the device as <c>float32</c>, <c>bfloat16</c> or <c>float16</c>.</summary>
    /// <value>The default is <c>auto</c>.</value>
    public string Vectors { get; init; } = "auto";

    /// <summary>For engine <c>command</c>: the program; else null.</summary>
    public CommandOptions? Command { get; init; }
}

/// <summary>When a search ends: at whichever limit comes first.</summary>
/// <param name="Evaluations">Candidates to score, or null.</param>
/// <param name="Time">Time spent on trials, summed over the ledger, or null.</param>
/// <param name="Target">An objective value that is good enough, or null.</param>
public sealed record BudgetDefinition(long? Evaluations, TimeSpan? Time, double? Target)
{
    /// <summary>The evaluations that strategies plan with: those the run began with, also once it is given more, or null when not known.</summary>
    /// <value>The default is <see cref="Evaluations"/>.</value>
    public long? Planned { get; init; } = Evaluations;
}
