using Search.Evaluation;
using Search.Merging;
using Search.Results;
using Search.Strategies;

namespace Search.Controller;

/// <summary>A candidate to be scored.</summary>
/// <param name="Trial">The row it becomes: still running, with role and coefficients.</param>
/// <param name="Models">The model that it stands for, or the models where each expert's tasks have one of their own.</param>
public sealed record ScoreRequest(Trial Trial, IReadOnlyList<TaskMerge> Models)
{
    /// <summary>A candidate that is one model for all tasks.</summary>
    /// <param name="trial">The row it becomes.</param>
    /// <param name="merge">Decides the merge.</param>
    public ScoreRequest(Trial trial, Func<MergeWeights> merge)
        : this(trial, [TaskMerge.ForAll(merge)])
    {
    }

    /// <summary>Which examples, for a rung of a race; null for all.</summary>
    public ExampleStretch? Part { get; init; }

    /// <summary>The derivative wanted, or null.</summary>
    public GradientRequest? Gradient { get; init; }
}
