using Search.Merging;

namespace Search.Evaluation;

/// <summary>An evaluator that keeps the base and the task vectors where it computes, so that a candidate is merged there and no weights travel.</summary>
public interface IMergingEvaluator : IEvaluator
{
    /// <summary>Merges and scores a candidate.</summary>
    /// <param name="candidate">The merge.</param>
    /// <param name="role">Which batches.</param>
    /// <param name="part">Which of their examples, whose means by blocks are given too; or null for all.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>The scores.</returns>
    /// <exception cref="EvaluationException">The candidate could not be scored.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    EvaluationResult Evaluate(MergeWeights candidate, DataRole role, ExampleStretch? part, CancellationToken cancellationToken);

    /// <summary>Merges and scores a candidate and differentiates an objective by its merge weights.</summary>
    /// <param name="candidate">The merge.</param>
    /// <param name="role">Which batches.</param>
    /// <param name="draw">Which of their examples, or null for all.</param>
    /// <param name="objective">What to differentiate; it gives one value.</param>
    /// <param name="gradient">The derivatives are added to it.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>The scores of the examples used.</returns>
    /// <exception cref="EvaluationException">The candidate could not be scored.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    EvaluationResult EvaluateGradient(
        MergeWeights candidate, DataRole role, ExampleDraw? draw, Objective objective, MergeGradient gradient, CancellationToken cancellationToken);
}
