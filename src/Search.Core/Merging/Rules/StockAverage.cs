using Search.Merging.Operators;
using Search.Yaml;

namespace Search.Merging.Rules;

/// <summary>Model Stock's ratio between the base and the experts' average: λ = t/n (Jang et al. 2024, arXiv:2403.19522, eq. 7).</summary>
/// <param name="Negative">What t is where the mean cosine of the task vectors is negative.</param>
public sealed record StockAverage(NegativeCosine Negative) : MeasuredRule("model_stock", RuleScope.Group)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("negative", YamlText.Word(Negative))];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(Gram gram) => gram.Count > 1
        ? [.. Enumerable.Repeat(StockRatio.Of(gram, Negative) / gram.Count, gram.Count)]
        : throw new MergeException("rule model_stock: needs the angle between two experts at least, got one expert.");

    /// <inheritdoc/>
    protected override string? Note(IReadOnlyList<Gram> grams) => StockRatio.Note(grams, Negative);
}
