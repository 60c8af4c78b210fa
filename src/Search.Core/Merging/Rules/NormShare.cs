namespace Search.Merging.Rules;

/// <summary>
/// Shares of the task vectors' squared norms, λᵢ = ‖τᵢ‖² / Σ ‖τₖ‖²: over the whole model MetaGPT (Zhou et al. 2024, arXiv:2406.11385),
/// over each matrix FuseChat's VaRM (Wan et al. 2024, arXiv:2402.16107), which averages squares instead of adding them up.
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="Scope">Over which tensors the norms are taken.</param>
public sealed record NormShare(string Name, RuleScope Scope) : MeasuredRule(Name, Scope)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(Gram gram)
    {
        double[] squares = [.. Enumerable.Range(0, gram.Count).Select(k => gram.Tau(k, k))];
        double sum = squares.Sum();
        return [.. squares.Select(square => sum > 0 ? square / sum : 1.0 / squares.Length)]; // where no expert changed anything all weights merge alike
    }
}
