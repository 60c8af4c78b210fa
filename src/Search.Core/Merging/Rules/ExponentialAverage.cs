using Search.Yaml;

namespace Search.Merging.Rules;

/// <summary>
/// The exponential moving average of a training run's checkpoints, which the experts are in their order: m ← β·m + (1 − β)·θₖ from m = θ₁ on, so that
/// λ₁ = βⁿ⁻¹ and λₖ = (1 − β)·βⁿ⁻ᵏ.
/// </summary>
/// <param name="Decay">β, from 0 to 1.</param>
public sealed record ExponentialAverage(double Decay) : StatedRule("ema")
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("decay", YamlText.Number(Decay))];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(int experts) =>
        [.. Enumerable.Range(0, experts).Select(k => (k == 0 ? 1 : 1 - Decay) * Math.Pow(Decay, experts - 1 - k))];
}
