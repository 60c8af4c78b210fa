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

    /// <summary>Merges and scores a candidate and differentiates objectives by its merge weights, one value after another: those of <see cref="Objective.OneValued"/>, in its order.</summary>
    /// <param name="candidate">The merge.</param>
    /// <param name="role">Which batches.</param>
    /// <param name="draw">Which of their examples, or null for all.</param>
    /// <param name="objectives">What to differentiate.</param>
    /// <param name="gradients">Gives what a value's derivatives are added to.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>The scores of the examples used.</returns>
    /// <exception cref="EvaluationException">The candidate could not be scored.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    EvaluationResult EvaluateGradients(
        MergeWeights candidate, DataRole role, ExampleDraw? draw, IReadOnlyList<Objective> objectives, Func<int, MergeGradient> gradients, CancellationToken cancellationToken);
}
