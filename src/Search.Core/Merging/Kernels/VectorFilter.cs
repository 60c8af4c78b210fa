namespace Search.Merging.Kernels;

/// <summary>Drops elements of a vector's part in a tensor as it is read.</summary>
internal abstract class VectorFilter
{
    /// <summary>Copies what is kept, and zero for the others.</summary>
    /// <param name="values">A slice of the vector's part in the tensor.</param>
    /// <param name="start">Where in the tensor the slice starts.</param>
    /// <param name="kept">As long as the slice.</param>
    public abstract void Apply(ReadOnlySpan<float> values, long start, Span<float> kept);
}
