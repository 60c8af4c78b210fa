using Search.Checkpoints;
using Search.Controller;
using Search.Evaluation;
using Search.Evaluation.Command;
using Search.Evaluation.Torch;
using Search.Merging;
using Search.Results;
using Search.Strategies;

namespace Search.Cli;

/// <summary>A study's parts, opened and put together.</summary>
internal sealed class StudySession : IDisposable
{
    private IReadOnlyList<double>? _initial;

    private StudySession(StudyDefinition study, PreparedMerge merge, ModelFamily family, IEvaluator evaluator)
    {
        Family = family;
        Evaluator = evaluator;
        (Study, Space) = Resolve(study, merge, family);
    }

    /// <summary>The study, its chunks counted.</summary>
    public StudyDefinition Study { get; }

    public ModelFamily Family { get; }

    public IEvaluator Evaluator { get; }

    public MergeSpace Space { get; }

    /// <summary>Where the search starts.</summary>
    public IReadOnlyList<double> Initial => _initial ??= StartingPoint.Of(Study, Space);

    public static StudySession Open(StudyDefinition study)
    {
        ModelFamily family = ModelFamily.Of(study.Model.Base, study.Model.Experts, study.Model.Private, study.Merge.Filter);
        IEvaluator? evaluator = null;
        try
        {
            evaluator = CreateEvaluator(study, family, study.Scores);
            if (((evaluator as TorchEvaluator)?.Binding ?? (evaluator as OnnxRuntimeEvaluator)?.Binding) is { } binding)
            {
                Terminal.Error.WriteLine($"binding   {binding}");
            }

            PreparedMerge merge = Prepare(study.Merge, TaskVectors.Mapped(family, study.Merge.Storage));
            if (study.Strategy.NeedsGradient && !merge.IsDifferentiable)
            {
                throw new StudyException($"study {study.Name}: strategy {study.Strategy.Name} needs derivatives, and operator {study.Merge.Operator.Name} with these settings is no weighted sum of vectors.");
            }

            evaluator = ResidentEvaluator.Place(evaluator, merge.Vectors, Vectors(study, merge), note => Terminal.Error.WriteLine($"vectors   on the host: {note}"));
            if (study.Merge.Operator.IsDirect && evaluator is not (IMergingEvaluator or ICandidateEvaluator))
            {
                merge = study.Merge.Operator.Prepare(TaskVectors.Prepare(family, study.Merge.Storage));
            }

            foreach (string note in merge.Notes)
            {
                Terminal.Error.WriteLine($"operator  {note}");
            }

            return new StudySession(study, merge, family, evaluator);
        }
        catch
        {
            evaluator?.Dispose();
            family.Dispose();
            throw;
        }
    }

    private static PreparedMerge Prepare(MergeDefinition merge, TaskVectors vectors)
    {
        if (merge.Cache is not { } folder)
        {
            return merge.Operator.Prepare(vectors);
        }

        (PreparedMerge prepared, string note) = new PreparationCache(folder).Prepare(merge.Operator, vectors);
        Terminal.Error.WriteLine($"operator  {note}");
        return prepared;
    }

    // On a device a tensor has one weight a vector, and they are added up.
    private static string Vectors(StudyDefinition study, PreparedMerge merge)
    {
        bool isCut = study.Merge.Chunks is not { Run: null, Counts.Count: 0, Fixed.Count: 0 };
        return !isCut && merge.IsDifferentiable ? study.Evaluator.Vectors
            : study.Evaluator.Vectors is "auto" or "host" ? "host"
            : throw new StudyException(
                $"study {study.Name}: 'evaluator.vectors' must be host or auto where {(isCut ? "'merge.chunks' cuts tensors" : $"operator {study.Merge.Operator.Name} does not add vectors up")}, got '{study.Evaluator.Vectors}'.");
    }

    // How many chunks each group gets is decided where a run begins; from then on the study says it.
    private static (StudyDefinition Study, MergeSpace Space) Resolve(StudyDefinition study, PreparedMerge merge, ModelFamily family)
    {
        MergeSpace Space(ChunkDefinition chunks) => new(merge, study.Merge.Groups(family, chunks), study.Merge.Buffers);
        MergeSpace space = Space(study.Merge.Chunks);
        if (study.Merge.Chunks is not { Run: { } run } chunks)
        {
            return (study, space);
        }

        int experts = merge.Columns.Count;
        if (experts != merge.Vectors.Count)
        {
            throw new StudyException($"study {study.Name}: 'merge.chunks.run' needs an operator with a coefficient for every vector, which {study.Merge.Operator.Name} has not.");
        }

        double[] importance = ChunkAllotment.Importance(merge.Vectors, space, StartingPoint.FromRun(study, space, "merge.chunks.run", run));
        long[] elements = [.. space.Groups.Select((_, group) => space.Elements(group * experts).Sum(part => part.Length))];
        int[] counts = ChunkAllotment.Counts(importance, elements, chunks.Budget, chunks.Steepness);
        if (counts.All(count => count == 0))
        {
            throw new StudyException($"study {study.Name}: 'merge.chunks.budget' is {chunks.Budget}, which leaves no group of tensors a coefficient.");
        }

        double[][] initial = [.. StartingPoint.Of(study, space).Chunk(experts)];
        var decided = new ChunkDefinition
        {
            Counts = Enumerable.Range(0, counts.Length).Where(group => counts[group] > 1).ToDictionary(group => space.Groups[group], group => counts[group]),
            Fixed = Enumerable.Range(0, counts.Length).Where(group => counts[group] == 0).ToDictionary(group => space.Groups[group], group => (IReadOnlyList<double>)initial[group]),
        };
        return (study with { Merge = study.Merge with { Chunks = decided } }, Space(decided));
    }

    /// <summary>Creates the study's evaluator.</summary>
    /// <param name="study">The study.</param>
    /// <param name="family">Its models.</param>
    /// <param name="scores">What is scored.</param>
    /// <param name="privates">Where an expert's private tensors come from, or null for the expert itself.</param>
    public static IEvaluator CreateEvaluator(StudyDefinition study, ModelFamily family, IReadOnlyList<Score> scores, Func<string, Checkpoint>? privates = null)
    {
        if (study.Evaluator.Command is { } command)
        {
            return study.Strategy.NeedsGradient
                ? throw new StudyException($"study {study.Name}: strategy {study.Strategy.Name} needs derivatives, which a command does not give.")
                : new CommandEvaluator(command, family, [.. study.Tasks.Select(task => task.Name)], scores, StudyRun.Threads(study), Directory.Exists(study.Model.Base) ? study.Model.Base : null);
        }

        EvaluatorOptions options = OptionsOf(study, family, scores, study.Tasks, privates);
        return study.Evaluator.Engine switch
        {
            "torch" => new TorchEvaluator(family.Layout, options),
            "onnxruntime" when study.Strategy.NeedsGradient =>
                throw new StudyException($"study {study.Name}: strategy {study.Strategy.Name} needs derivatives, which engine onnxruntime does not give; use engine: torch or auto."),
            "auto" when study.Strategy.NeedsGradient => new TorchEvaluator(family.Layout, options),
            _ => new OnnxRuntimeEvaluator(family.Layout, options),
        };
    }

    /// <summary>What an engine needs to know of a study.</summary>
    /// <param name="study">The study.</param>
    /// <param name="family">Its models.</param>
    /// <param name="scores">What is scored.</param>
    /// <param name="tasks">The tasks to score.</param>
    /// <param name="privates">Where an expert's private tensors come from, or null for the expert itself.</param>
    public static EvaluatorOptions OptionsOf(StudyDefinition study, ModelFamily family, IReadOnlyList<Score> scores, IReadOnlyList<TaskDefinition> tasks, Func<string, Checkpoint>? privates = null) => new()
    {
        GraphPath = study.Model.Graph!,
        Tasks = [.. tasks.Select(task => new EvaluatorTask(task.Name, family.Expert(task.Expert!), task.Batches) { Private = privates?.Invoke(task.Expert!) })],
        PrivateTensors = family.PrivateNames,
        Base = family.Base,
        Rename = study.Model.Rename,
        Scores = scores,
        Inputs = study.Inputs,
        BatchSize = study.Evaluator.BatchSize,
        Threads = study.Evaluator.Threads,
        Device = study.Evaluator.Device,
    };

    /// <summary>Merges several candidates a pass where memory allows: never more than one buffer an expert, so that buffers stay below what the task vectors take, and no more than there are to score at once.</summary>
    /// <param name="atOnce">How many candidates come at once.</param>
    /// <param name="evaluator">What scores them, or null for the study's.</param>
    public CandidateScorer CreateScorer(int atOnce, IEvaluator? evaluator = null) =>
        new(new Merger(Family.Layout), Space, evaluator ?? Evaluator, Study.Objectives, Initial, new CollapseGuard(Study.Evaluator.CollapseFloor), Math.Clamp(Math.Min(Family.Experts.Count, atOnce), 1, 4), TimeProvider.System);

    /// <summary>Creates the study's strategy on its space, neither of which has seen a trial.</summary>
    /// <exception cref="StudyException">The constraints leave nothing to search, or the strategy cannot search what they leave.</exception>
    public (SearchSpace Space, ISearchStrategy Strategy) CreateSearch()
    {
        try
        {
            SearchSpace space = Space.ToSearchSpace(Study.Merge.Lower, Study.Merge.Upper, Initial, Study.Merge.Constraints.For(Space));
            var context = new StrategyContext(Study.Seed, Space.Merge.Columns.Count, Study.Budget.Planned)
            {
                Weights = Space.WeightCount,
                Objectives = Study.ObjectiveCount,
                Distance = new ModelDistance(Space).Between,
            };
            return (space, Study.Strategy.Create(space, context));
        }
        catch (ArgumentException exception)
        {
            throw new StudyException($"study {Study.Name}: {exception.Message}", exception);
        }
    }

    /// <summary>The model or models that a ledger row stands for.</summary>
    public IReadOnlyList<TaskMerge> Models(Trial trial)
    {
        if (trial.Strategy != Reference.Strategy)
        {
            return TaskMerge.Of(Study, Space, trial.Coefficients);
        }

        Reference reference = Reference.All([.. Family.Experts.Select(expert => expert.Key)]).First(reference => reference.Label == trial.Label);
        return [TaskMerge.ForAll(() => Space.Uniform(reference.Weights, reference.Exact))];
    }

    /// <summary>Every file the study reads, each once.</summary>
    public IEnumerable<string> InputFiles()
    {
        IEnumerable<string> checkpoints = Family.Checkpoints.Concat(Family.Statistics)
            .SelectMany(checkpoint => checkpoint.Tensors.Select(tensor => tensor.File).Append(checkpoint.Path));
        IEnumerable<string> graph = Study.Model.Graph is { } file ? GraphSummary.Read(file).ExternalFiles.Prepend(file) : [];
        return checkpoints.Concat(graph).Concat(Study.Tasks.SelectMany(task => task.Batches.Values)).Concat(Study.Evaluator.Command?.Files ?? [])
            .Select(Path.GetFullPath).Where(File.Exists).Distinct().Order(StringComparer.Ordinal);
    }

    public void Dispose()
    {
        Evaluator.Dispose();
        Family.Dispose();
    }
}
