namespace Search.Evaluation;

/// <summary>An evaluator that is handed candidates rather than weights in memory, several at once.</summary>
public interface ICandidateEvaluator : IEvaluator
{
    /// <summary>How many candidates it scores at once, at least 1.</summary>
    int AtOnce { get; }

    /// <summary>Scores a candidate; may be called by several threads.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="role">Which data.</param>
    /// <param name="cancellationToken">Stops what was started.</param>
    /// <returns>The scores, one entry a task; those of tasks that the model is not for are empty.</returns>
    /// <exception cref="EvaluationException">The candidate could not be scored.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    EvaluationResult Evaluate(CandidateModel candidate, DataRole role, CancellationToken cancellationToken);
}
