using Search.Yaml;

namespace Search.Merging.Operators;

/// <summary>
/// Interpolates between the base and the experts' average by how far the experts agree, tensor by tensor, as <see cref="StockRatio"/> says. The
/// coefficient scales the ratio; 1 is the method.
/// </summary>
/// <param name="Negative">What the ratio is where the mean cosine is not positive.</param>
public sealed record ModelStock(NegativeCosine Negative) : MergeOperator("model_stock")
{
    /// <inheritdoc/>
    public override (double Lower, double Upper) Bounds => (0, 2);

    /// <inheritdoc/>
    public override double Initial => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns(IReadOnlyList<string> experts) => [Preparation.Merged];

    /// <inheritdoc/>
    public override PreparedMerge Prepare(TaskVectors vectors) => vectors.Count > 1
        ? new Prepared(vectors, Gram.OfTensors(vectors), Negative)
        : throw new MergeException("model_stock: needs the angle between two experts at least, got one expert.");

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("negative", YamlText.Word(Negative))];

    private sealed class Prepared(TaskVectors vectors, IReadOnlyList<Gram> grams, NegativeCosine negative) : PreparedMerge(vectors)
    {
        private readonly double[] _ratios = [.. grams.Select((gram, t) => vectors.Family.IsMerged[t] ? StockRatio.Of(gram, negative) : 0)];

        public override IReadOnlyList<string> Columns { get; } = [Preparation.Merged];

        public override IReadOnlyList<string> Notes { get; } = StockRatio.Note([.. grams.Where((_, t) => vectors.Family.IsMerged[t])], negative) is { } note ? [note] : [];

        public override bool IsDifferentiable => false;

        public override void Decide(MergeWeights merge, int piece, int tensor, ReadOnlySpan<double> coefficients) =>
            merge[piece].Fill((float)(coefficients[0] * _ratios[tensor] / Vectors.Count));
    }
}
