using Search.Merging.Kernels;

namespace Search.Merging;

/// <summary>
/// Weighs each element of an expert by how certain it is: Σ wₖ·(h₀ + Hₖ)·τₖ / (h₀ + Σ wₖ·Hₖ). The vectors are the τₖ, then the precisions
/// Hₖ, then, where there is one more, the base's precision; where the divisor is zero the result is too.
/// </summary>
/// <param name="Experts">How many τₖ there are; the weights that follow theirs are not read.</param>
/// <param name="Prior">What is added to the base's precision to give h₀; at least 0.</param>
public sealed record PrecisionRule(int Experts, float Prior) : MergeRule(1)
{
    /// <inheritdoc/>
    internal override void Merge<T, TStorage>(ReadOnlySpan<float> origin, T[][] vectors, int start, float baseWeight, ReadOnlySpan<float> weights, float scale, Span<float> destination) =>
        PrecisionKernel.Merge<T, TStorage>(origin, vectors, start, baseWeight, weights, this, scale, destination);
}
