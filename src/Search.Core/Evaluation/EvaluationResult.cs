namespace Search.Evaluation;

/// <summary>The scores of one candidate on one role's batches, with where the time went.</summary>
/// <param name="Tasks">One entry a task, in the study's order.</param>
/// <param name="Forward">Time in the engine's forward passes.</param>
/// <param name="Objective">Time spent turning logits into scores.</param>
public sealed record EvaluationResult(IReadOnlyList<TaskScores> Tasks, TimeSpan Forward, TimeSpan Objective)
{
    /// <summary>Time the engine took to merge, where it does that.</summary>
    public TimeSpan Merge { get; init; }

    /// <summary>Time the engine took for dot products with the task vectors, where it does that.</summary>
    public TimeSpan Dots { get; init; }

    /// <summary>Time in the engine's backward passes, without what the receiver of gradients took.</summary>
    public TimeSpan Backward { get; init; }
}
