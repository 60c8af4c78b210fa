using Search.Evaluation;
using Search.Merging;

namespace Search.Evaluation.Tests;

internal static class OneGradient
{
    // The derivative of an objective that has one value.
    public static EvaluationResult EvaluateGradient(
        this IGradientEvaluator evaluator, WeightSet weights, DataRole role, ExampleDraw? draw, Objective objective, GradientReceiver receiver, CancellationToken cancellationToken) =>
        evaluator.EvaluateGradients(weights, role, draw, [objective], _ => receiver, cancellationToken);
}
