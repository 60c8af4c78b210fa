namespace Search.Merging.Rules;

/// <summary>
/// The mean of the last checkpoints of a training run, which the experts are in their order: LAWA (Kaddour 2022, arXiv:2209.14981), with a spacing
/// Sanyal et al. 2023 (arXiv:2306.03241), and from some step on SWA (Izmailov et al. 2018, arXiv:1803.05407).
/// </summary>
/// <param name="Last">How many are averaged, or null for as many as there are.</param>
/// <param name="Every">How many checkpoints apart they are; the last one is always among them.</param>
public sealed record TailMean(int? Last, int Every) : StatedRule("tail")
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("last", Last), ("every", Every)];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(int experts)
    {
        int there = ((experts - 1) / Every) + 1;
        int count = Last ?? there;
        return count <= there
            ? [.. Enumerable.Range(0, experts).Select(k => (experts - 1 - k) % Every == 0 && (experts - 1 - k) / Every < count ? 1.0 / count : 0)]
            : throw new MergeException($"rule tail: of {experts} experts, every {Every} counted from the last, there are {there}, so 'last' must be at most that, got {count}.");
    }
}
