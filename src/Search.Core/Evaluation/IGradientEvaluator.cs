using Search.Merging;

namespace Search.Evaluation;

/// <summary>
/// Receives the derivative of the objective by one merged tensor, from one thread at a time. A tensor that the graph has in several places
/// comes once for each; the derivative is the sum.
/// </summary>
/// <param name="tensor">The tensor's index in the layout.</param>
/// <param name="gradient">The derivative by each element, row-major; valid during the call only.</param>
public delegate void GradientReceiver(int tensor, ReadOnlyMemory<float> gradient);

/// <summary>An evaluator that can also differentiate an objective by the merged weights.</summary>
public interface IGradientEvaluator : IEvaluator
{
    /// <summary>Scores weights and differentiates objectives, one value after another: those of <see cref="Objective.OneValued"/>, in its order.</summary>
    /// <param name="weights">The merged weights, as for <see cref="IEvaluator.Evaluate"/>.</param>
    /// <param name="role">Which batches.</param>
    /// <param name="draw">Which of their examples, or null for all.</param>
    /// <param name="objectives">What to differentiate.</param>
    /// <param name="receivers">Gives the receiver of a value's derivative, which comes tensor by tensor; tensors that the outputs do not depend on are left out.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>The scores of the examples used.</returns>
    /// <exception cref="EvaluationException">The candidate could not be scored.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    EvaluationResult EvaluateGradients(
        WeightSet weights, DataRole role, ExampleDraw? draw, IReadOnlyList<Objective> objectives, Func<int, GradientReceiver> receivers, CancellationToken cancellationToken);
}
