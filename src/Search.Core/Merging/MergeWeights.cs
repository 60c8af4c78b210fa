namespace Search.Merging;

/// <summary>A linear merge, fully decided: θ[p] = θ₀[p] + Σₖ this[p, k]·(θₖ[p] − θ₀[p]) for every piece p of the shared tensors and expert k.</summary>
public sealed class MergeWeights
{
    private readonly float[] _weights;
    private readonly int _experts;

    /// <summary>Creates a merge that is the base, of uncut tensors.</summary>
    /// <param name="tensors">How many shared tensors there are.</param>
    /// <param name="experts">How many experts there are.</param>
    public MergeWeights(int tensors, int experts)
        : this(new TensorPieces(tensors), experts)
    {
    }

    /// <summary>Creates a merge that is the base.</summary>
    /// <param name="pieces">How the shared tensors are cut.</param>
    /// <param name="experts">How many experts there are.</param>
    public MergeWeights(TensorPieces pieces, int experts)
    {
        Pieces = pieces;
        _weights = new float[pieces.Count * experts];
        _experts = experts;
    }

    /// <summary>How the shared tensors are cut.</summary>
    public TensorPieces Pieces { get; }

    /// <summary>One piece's weights, one an expert.</summary>
    /// <param name="piece">The piece's index; the tensor's in the layout where none is cut.</param>
    public Span<float> this[int piece] => _weights.AsSpan(piece * _experts, _experts);
}
