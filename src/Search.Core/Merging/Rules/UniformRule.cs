namespace Search.Merging.Rules;

/// <summary>Every expert alike, λ = 1/n, which is their average.</summary>
public sealed record UniformRule() : StatedRule("uniform")
{
    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Weights(int experts) => [.. Enumerable.Repeat(1.0 / experts, experts)];
}
