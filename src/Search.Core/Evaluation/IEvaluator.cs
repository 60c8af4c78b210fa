using Search.Merging;

namespace Search.Evaluation;

/// <summary>Scores merged weights on a study's batches. One call at a time; the same weights give the same scores, bit for bit.</summary>
public interface IEvaluator : IDisposable
{
    /// <summary>The engine's name as studies write it, such as <c>onnxruntime</c>.</summary>
    string Engine { get; }

    /// <summary>Where it computes, such as <c>cpu</c>.</summary>
    string Device { get; }

    /// <summary>The engine library's version.</summary>
    string Version { get; }

    /// <summary>What a person should know of how this graph runs, one sentence each; complete once something was scored.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>Scores weights on every task's batches of a role.</summary>
    /// <param name="weights">The merged weights, laid out as the evaluator was built for; not kept after the call, but the same instance may be passed again with new contents.</param>
    /// <param name="role">Which batches.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The scores.</returns>
    /// <exception cref="EvaluationException">The candidate could not be scored.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken);
}
