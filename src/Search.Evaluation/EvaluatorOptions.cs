using Search.Checkpoints;
using Search.Merging;

namespace Search.Evaluation;

/// <summary>What an engine scores, and how.</summary>
public sealed record EvaluatorOptions
{
    /// <summary>The .onnx file.</summary>
    public required string GraphPath { get; init; }

    /// <summary>The tasks, at least one, in the study's order.</summary>
    public required IReadOnlyList<EvaluatorTask> Tasks { get; init; }

    /// <summary>Opens a batch file; tests put data in memory here.</summary>
    internal Func<string, Checkpoint> OpenBatches { get; init; } = Checkpoint.Open;

    /// <summary>The names of the tensors that are never merged and come from each task's expert.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<string> PrivateTensors { get; init; } = [];

    /// <summary>The base model, whose values tell which of the graph's tensors is which where names do not; read while the evaluator is built.</summary>
    /// <value>The default is null: tensors are found by name only.</value>
    public Checkpoint? Base { get; init; }

    /// <summary>For checkpoint names that the graph lacks: regular expression to replacement, of which the first that matches counts. A replacement that ends in <c>^T</c> is the transpose.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<KeyValuePair<string, string>> Rename { get; init; } = [];

    /// <summary>The scores that objectives need, beside entropy, marginal entropy and accuracy, which are always given.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<Score> Scores { get; init; } = [];

    /// <summary>For floating-point graph inputs, by name: how stored numbers become the model's.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyDictionary<string, AffineMap> Inputs { get; init; } = new Dictionary<string, AffineMap>();

    /// <summary>Examples a batch, at least 1; a graph that fixes its first axis decides instead.</summary>
    /// <value>The default is 64.</value>
    public int BatchSize { get; init; } = 64;

    /// <summary>Threads the engine computes with; 0 stands for every core.</summary>
    /// <value>The default is 0.</value>
    public int Threads { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, or <c>auto</c>: CUDA where library and machine have it, else the CPU.</summary>
    /// <value>The default is <c>auto</c>.</value>
    public string Device { get; init; } = "auto";

    /// <summary>Refuses settings that no engine can work with.</summary>
    /// <param name="layout">The merged weights.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    internal void Validate(WeightLayout layout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Threads);
        if (Tasks.Count == 0)
        {
            throw new ArgumentException("At least one task is needed.");
        }

        if (Inputs.FirstOrDefault(map => !double.IsFinite(map.Value.Scale) || !double.IsFinite(map.Value.Offset)) is { Key: not null } broken)
        {
            throw new ArgumentException($"The map of input '{broken.Key}' must be finite, but it is {broken.Value}.");
        }

        if (layout.Tensors.Select(tensor => tensor.Name).Intersect(PrivateTensors, StringComparer.Ordinal).FirstOrDefault() is string both)
        {
            throw new ArgumentException($"Tensor '{both}' is both merged and private.");
        }
    }

    /// <summary>Refuses a file without labels where a score needs them.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its name, for the error.</param>
    /// <exception cref="SearchException">They are missing.</exception>
    internal void RequireLabels(BatchSet file, string path)
    {
        if (!file.HasLabels && Scores.Any(score => score.Kind == ScoreKind.CrossEntropy))
        {
            throw new SearchException($"{path}: cross_entropy needs labels, and the file has no tensor 'label'.");
        }
    }
}
