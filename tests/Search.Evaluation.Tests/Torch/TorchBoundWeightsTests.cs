using Search.Evaluation.Torch;
using Search.Merging;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

internal sealed class TorchBoundWeightsTests : BoundWeightsTests
{
    [Test]
    public void EvaluateGradient_TransposedWeights_GetDerivativesInTheCheckpointsLayout([Values] bool half)
    {
        Mlp mlp = new() { WeightType = half ? OrtElementType.Float16 : OrtElementType.Float };
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        using IEvaluator named = Create(Mlp.Layout, mlp.Build(), [task]);
        using IEvaluator found = Create(LinearLayout, mlp.Build().Renamed("w1", "onnx::MatMul_1"), [task], LinearBase());
        float[][] expected = Gradients(named, Mlp.Weights(1));
        float[][] gradients = Gradients(found, Linear(1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(gradients[0], Is.EqualTo(expected[0]).Within(1e-6));
            Assert.That(gradients[1], Is.EqualTo(expected[1]).Within(1e-6));
            Assert.That(gradients[2], Is.EqualTo(GraphEdits.Turned(expected[2], Mlp.Features, Mlp.Hidden)).Within(1e-6));
            Assert.That(gradients[2].Max(Math.Abs), Is.GreaterThan(1e-3));
        }
    }

    private protected override void FindLibrary() => TorchLibrary.Describe();

    private protected override IEvaluator Create(WeightLayout layout, EvaluatorOptions options) => new TorchEvaluator(layout, options);

    private protected override string? Binding(IEvaluator evaluator) => ((TorchEvaluator)evaluator).Binding;

    private static float[][] Gradients(IEvaluator evaluator, WeightSet weights)
    {
        float[][] gradients = [[], [], []];
        ((IGradientEvaluator)evaluator).EvaluateGradient(
            weights, DataRole.Search, null, new Objective(ScoreKind.Entropy), (tensor, gradient) => gradients[tensor] = gradient.ToArray(), CancellationToken.None);
        return gradients;
    }
}
