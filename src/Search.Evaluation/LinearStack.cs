namespace Search.Evaluation;

/// <summary>Square linear layers with rectifiers between them, whose first outputs are the logits: a model whose cost is that of its weights.</summary>
/// <param name="layers">How many layers.</param>
/// <param name="width">Inputs and outputs of each; at least <see cref="BenchmarkModel.Classes"/>.</param>
internal sealed class LinearStack(int layers, int width) : BenchmarkModel
{
    /// <inheritdoc />
    public override IReadOnlyList<long> Example => [width];

    /// <inheritdoc />
    protected override string Compute()
    {
        string last = Input;
        for (int layer = 0; layer < layers; layer++)
        {
            last = Node("Relu", [Node("Gemm", [last, Weight($"layers.{layer:000}.weight", width, width)], ("transB", [1]))]);
        }

        return Node("Slice", [last, Integers(0), Integers(Classes), Integers(1)]);
    }
}
