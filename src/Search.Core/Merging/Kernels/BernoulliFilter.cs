using Search.Merging.Sparsifiers;

namespace Search.Merging.Kernels;

/// <summary>Drops elements whose random bits are below a bound, and scales the others.</summary>
/// <param name="mask">The bits.</param>
/// <param name="bound">The bound.</param>
/// <param name="scale">What the kept ones are multiplied by.</param>
internal sealed class BernoulliFilter(MaskBits mask, uint bound, float scale) : VectorFilter
{
    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> values, long start, Span<float> kept) => mask.Drop(values, (int)start, bound, scale, kept);
}
