using Search.Merging;
using Search.Merging.Operators;

namespace Search.Tests.Merging;

// The operators that add the task vectors themselves up.
internal static class LinearOperators
{
    public static MergeOperator[] All { get; } = [new TaskArithmetic(), new WeightedAverage()];
}
