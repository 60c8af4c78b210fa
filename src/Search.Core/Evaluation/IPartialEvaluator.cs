using Search.Merging;

namespace Search.Evaluation;

/// <summary>An evaluator that can also score weights on a part of the examples.</summary>
public interface IPartialEvaluator : IEvaluator
{
    /// <summary>Scores weights on a stretch of every task's examples.</summary>
    /// <param name="weights">The merged weights, as for <see cref="IEvaluator.Evaluate"/>.</param>
    /// <param name="role">Which batches.</param>
    /// <param name="part">Which of their examples.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The scores of these examples, with their means by blocks.</returns>
    /// <exception cref="EvaluationException">The candidate could not be scored.</exception>
    /// <exception cref="SearchException">A task has too few examples for the stretch to hold one.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    EvaluationResult Evaluate(WeightSet weights, DataRole role, ExampleStretch part, CancellationToken cancellationToken);
}
