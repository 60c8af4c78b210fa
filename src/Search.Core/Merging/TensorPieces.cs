namespace Search.Merging;

/// <summary>How tensors are cut into pieces, runs of elements that weigh the experts alike; an uncut tensor is one piece.</summary>
public sealed class TensorPieces
{
    private readonly int[] _first; // by tensor: its first piece; and one past the last
    private readonly long[] _ends; // by piece: one past its last element

    /// <summary>Cuts nothing.</summary>
    /// <param name="tensors">How many tensors there are.</param>
    public TensorPieces(int tensors)
        : this([.. Enumerable.Repeat<IReadOnlyList<long>>([], tensors)])
    {
    }

    /// <summary>Cuts tensors.</summary>
    /// <param name="cuts">By tensor: the elements that a new piece begins with, the first excepted, ascending and within the tensor.</param>
    public TensorPieces(IReadOnlyList<IReadOnlyList<long>> cuts)
    {
        _first = new int[cuts.Count + 1];
        for (int t = 0; t < cuts.Count; t++)
        {
            _first[t + 1] = _first[t] + cuts[t].Count + 1;
        }

        _ends = [.. cuts.SelectMany(tensor => tensor.Append(long.MaxValue))];
    }

    /// <summary>How many pieces all tensors have together.</summary>
    public int Count => _ends.Length;

    /// <summary>The index of a tensor's first piece; its others follow.</summary>
    /// <param name="tensor">The tensor's index in the layout, or the number of tensors for one past the last piece.</param>
    public int First(int tensor) => _first[tensor];

    /// <summary>The element that a piece ends before; beyond the tensor for its last.</summary>
    /// <param name="piece">The piece's index.</param>
    public long End(int piece) => _ends[piece];

    /// <summary>The piece that holds an element.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="element">The element's index in the tensor.</param>
    public int Find(int tensor, long element)
    {
        int found = Array.BinarySearch(_ends, _first[tensor], _first[tensor + 1] - _first[tensor], element);
        return found >= 0 ? found + 1 : ~found;
    }

    /// <summary>Whether tensors are cut alike.</summary>
    /// <param name="other">Other cuts.</param>
    public bool IsSameAs(TensorPieces other) => ReferenceEquals(this, other) || (_first.AsSpan().SequenceEqual(other._first) && _ends.AsSpan().SequenceEqual(other._ends));

    /// <summary>A tensor's pieces.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="elements">How many elements it has.</param>
    /// <returns>Each piece's index, its first element and how many it has.</returns>
    public IEnumerable<(int Piece, long Start, long Length)> Of(int tensor, long elements)
    {
        long start = 0;
        for (int piece = _first[tensor]; piece < _first[tensor + 1]; piece++)
        {
            long end = Math.Min(_ends[piece], elements);
            yield return (piece, start, end - start);
            start = end;
        }
    }
}
