using Search.Merging.Kernels;

namespace Search.Merging;

/// <summary>What becomes of an element's weights and vectors where it is not the sum of their products.</summary>
/// <param name="Scale">What the result is multiplied by unless a merge says otherwise.</param>
public abstract record MergeRule(float Scale)
{
    /// <summary>Forms a candidate's slice: the base, and what the rule makes of the vectors. One of weight zero takes no part.</summary>
    /// <typeparam name="T">What the vectors' elements are stored in.</typeparam>
    /// <typeparam name="TStorage">How.</typeparam>
    /// <param name="origin">The base's slice.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="start">Where the slice begins in each.</param>
    /// <param name="baseWeight">The base's weight.</param>
    /// <param name="weights">One a vector.</param>
    /// <param name="scale">What the result is multiplied by.</param>
    /// <param name="destination">Filled whole; as long as the base's slice.</param>
    internal abstract void Merge<T, TStorage>(
        ReadOnlySpan<float> origin, T[][] vectors, int start, float baseWeight, ReadOnlySpan<float> weights, float scale, Span<float> destination)
        where T : unmanaged
        where TStorage : IVectorStorage<T>;
}
