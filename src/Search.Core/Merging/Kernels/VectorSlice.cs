namespace Search.Merging.Kernels;

/// <summary>The same slice of the base and of every vector, in memory.</summary>
internal readonly ref struct VectorSlice
{
    private readonly TaskVectors _vectors;
    private readonly int _tensor;
    private readonly int _start;
    private readonly int _length;
    private readonly ReadOnlySpan<float> _copies;

    /// <summary>Reads a slice.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="start">The first element.</param>
    /// <param name="length">How many elements; at most <see cref="Merger.Slice"/>.</param>
    /// <param name="scratch">A slice for the base and each vector; used when they are not in memory.</param>
    public VectorSlice(TaskVectors vectors, int tensor, long start, int length, Span<float> scratch)
    {
        _vectors = vectors;
        _tensor = tensor;
        _start = (int)start;
        _length = length;
        Base = vectors.Base(tensor, start, scratch, length);
        if (vectors.IsResident)
        {
            return;
        }

        for (int k = 0; k < vectors.Count; k++)
        {
            Span<float> copy = scratch.Slice((k + 1) * Merger.Slice, length);
            ReadOnlySpan<float> read = vectors.Tau(k, tensor, start, Base, copy);
            if (!read.Overlaps(copy))
            {
                read.CopyTo(copy);
            }
        }

        _copies = scratch;
    }

    /// <summary>Filters a slice.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="filters">One a vector.</param>
    /// <param name="scratch">A slice for the base, which stays where it is, and for each vector.</param>
    public VectorSlice(in VectorSlice slice, ReadOnlySpan<VectorFilter> filters, Span<float> scratch)
    {
        this = slice;
        for (int k = 0; k < filters.Length; k++)
        {
            filters[k].Apply(slice[k], _start, scratch.Slice((k + 1) * Merger.Slice, _length));
        }

        _copies = scratch;
    }

    /// <summary>The base's slice.</summary>
    public ReadOnlySpan<float> Base { get; }

    /// <summary>How many vectors there are.</summary>
    public int Count => _vectors.Count;

    /// <summary>A vector's slice.</summary>
    /// <param name="vector">The vector's index.</param>
    public ReadOnlySpan<float> this[int vector] =>
        _copies.IsEmpty ? _vectors.Tau(vector, _tensor, _start, _length) : _copies.Slice((vector + 1) * Merger.Slice, _length);
}
