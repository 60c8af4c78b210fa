using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

internal sealed class OnnxRuntimeBoundWeightsTests : BoundWeightsTests
{
    private protected override void FindLibrary() => OnnxRuntimeLibrary.Load();

    private protected override IEvaluator Create(WeightLayout layout, EvaluatorOptions options) => new OnnxRuntimeEvaluator(layout, options);

    private protected override string? Binding(IEvaluator evaluator) => ((OnnxRuntimeEvaluator)evaluator).Binding;
}
