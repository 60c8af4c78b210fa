using Search.Merging.Kernels;

namespace Search.Merging;

/// <summary>
/// A merge, fully decided: θ[p] = b[p]·θ₀[p] + Σₖ this[p, k]·vₖ[p] for every piece p of the shared tensors and vector k, or, in pieces that
/// a <see cref="Rule"/> rules, what it makes of the products in place of their sum.
/// </summary>
public sealed class MergeWeights
{
    private readonly float[] _weights;
    private readonly float[] _base;
    private readonly bool[] _isRuled;
    private readonly float[] _scale;
    private VectorFilter[]? _filters; // piece, vector; null where it is taken as it is

    /// <summary>Creates a merge that is the base.</summary>
    /// <param name="vectors">What is weighed.</param>
    /// <param name="pieces">How the shared tensors are cut; not at all where it is left out.</param>
    /// <param name="rule">What the products become, or null for their sum.</param>
    public MergeWeights(TaskVectors vectors, TensorPieces? pieces = null, MergeRule? rule = null)
    {
        Vectors = vectors;
        Pieces = pieces ?? new TensorPieces(vectors.Layout.Tensors.Count);
        Rule = rule;
        _weights = new float[Pieces.Count * vectors.Count];
        _base = new float[Pieces.Count];
        _isRuled = new bool[Pieces.Count];
        _scale = new float[Pieces.Count];
        Array.Fill(_base, 1);
        Array.Fill(_scale, rule?.Scale ?? 1);
    }

    /// <summary>What is weighed.</summary>
    public TaskVectors Vectors { get; }

    /// <summary>How the shared tensors are cut.</summary>
    public TensorPieces Pieces { get; }

    /// <summary>What becomes of the products where <see cref="IsRuled"/>; null where nothing but sums are formed.</summary>
    public MergeRule? Rule { get; }

    /// <summary>Whether every piece is a plain sum that begins with the base, so that it can be differentiated and formed anywhere.</summary>
    public bool IsLinear => !IsFiltered && !_isRuled.Contains(true) && !_base.AsSpan().ContainsAnyExcept(1f);

    /// <summary>Whether vectors are filtered as they are read.</summary>
    internal bool IsFiltered => _filters is not null;

    /// <summary>One piece's weights, one a vector.</summary>
    /// <param name="piece">The piece's index; the tensor's in the layout where none is cut.</param>
    public Span<float> this[int piece] => _weights.AsSpan(piece * Vectors.Count, Vectors.Count);

    /// <summary>The weight of the base in a piece; 1 unless told.</summary>
    /// <param name="piece">The piece's index.</param>
    public ref float Base(int piece) => ref _base[piece];

    /// <summary>Whether the rule holds in a piece; it does not unless told.</summary>
    /// <param name="piece">The piece's index.</param>
    public ref bool IsRuled(int piece) => ref _isRuled[piece];

    /// <summary>What the rule's result is multiplied by in a piece; the rule's scale unless told.</summary>
    /// <param name="piece">The piece's index.</param>
    public ref float Scale(int piece) => ref _scale[piece];

    /// <summary>Whether a piece merges as in another merge of the same vectors; said only where nothing is filtered.</summary>
    /// <param name="piece">The piece's index.</param>
    /// <param name="other">The other merge.</param>
    internal bool IsSameIn(int piece, MergeWeights other) => Filters(piece).IsEmpty && other.Filters(piece).IsEmpty && this[piece].SequenceEqual(other[piece])
        && (Base(piece), IsRuled(piece), Scale(piece)) == (other.Base(piece), other.IsRuled(piece), other.Scale(piece));

    /// <summary>Filters the vectors in a piece.</summary>
    /// <param name="piece">The piece's index.</param>
    /// <param name="filters">One a vector.</param>
    internal void Filter(int piece, ReadOnlySpan<VectorFilter> filters) => filters.CopyTo((_filters ??= new VectorFilter[_weights.Length]).AsSpan(piece * Vectors.Count));

    /// <summary>The filters of a piece's vectors; empty where they are taken as they are.</summary>
    /// <param name="piece">The piece's index.</param>
    internal ReadOnlySpan<VectorFilter> Filters(int piece) => _filters?[piece * Vectors.Count] is null ? [] : _filters.AsSpan(piece * Vectors.Count, Vectors.Count);
}
