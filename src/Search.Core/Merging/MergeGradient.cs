using Search.Checkpoints;
using Search.Merging.Kernels;

namespace Search.Merging;

/// <summary>
/// Turns the derivative of an objective by the merged weights into its derivative by each merge weight, ∂L/∂w[p, k] = ⟨∂L/∂θ[p], τₖ[p]⟩,
/// in one pass over the task vectors. The sums do not depend on how many threads took part.
/// </summary>
public sealed class MergeGradient
{
    private const int Stretch = 64 * DotKernel.Slice; // what a thread takes at a time

    private readonly TaskVectors _vectors;
    private readonly double[,] _dots;
    private readonly (int Piece, int Start, int Length)[][] _stretches; // by tensor

    /// <summary>Starts from zero.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="pieces">How the tensors are cut; not at all where it is left out.</param>
    public MergeGradient(TaskVectors vectors, TensorPieces? pieces = null)
    {
        IReadOnlyList<WeightSlot> tensors = vectors.Layout.Tensors;
        pieces ??= new TensorPieces(tensors.Count);
        _vectors = vectors;
        _dots = new double[pieces.Count, vectors.Count];
        _stretches = [.. tensors.Select((tensor, t) => pieces.Of(t, tensor.ElementCount).SelectMany(Stretches).ToArray())];
    }

    /// <summary>How many threads may take part; −1 for as many as there are cores.</summary>
    /// <value>The default is −1.</value>
    public int Threads { get; init; } = -1;

    /// <summary>The derivative by the weight of an expert in a piece.</summary>
    /// <param name="piece">The piece's index; the tensor's in the layout where none is cut.</param>
    /// <param name="expert">The expert's index.</param>
    public double this[int piece, int expert] => _dots[piece, expert];

    /// <summary>Forgets everything.</summary>
    public void Clear() => Array.Clear(_dots);

    /// <summary>Adds a tensor's share.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="gradient">The derivative by each of its elements.</param>
    public void Add(int tensor, ReadOnlyMemory<float> gradient)
    {
        int experts = _vectors.Count;
        (int Piece, int Start, int Length)[] stretches = _stretches[tensor];
        var sums = new double[stretches.Length * experts];
        void AddOne(int stretch)
        {
            (_, int start, int length) = stretches[stretch];
            Span<double> sum = sums.AsSpan(stretch * experts, experts);
            sum.Clear(); // where it is begun anew
            AddStretch(tensor, start, gradient.Span.Slice(start, length), sum);
        }

        if (stretches.Length == 1)
        {
            AddOne(0);
        }
        else
        {
            TensorLoop.ForEach(stretches.Length, AddOne, Threads);
        }

        for (int i = 0; i < sums.Length; i++)
        {
            _dots[stretches[i / experts].Piece, i % experts] += sums[i];
        }
    }

    private static IEnumerable<(int Piece, int Start, int Length)> Stretches((int Piece, long Start, long Length) piece)
    {
        for (long start = 0; start < piece.Length; start += Stretch)
        {
            yield return (piece.Piece, checked((int)(piece.Start + start)), (int)Math.Min(Stretch, piece.Length - start));
        }
    }

    /// <summary>Adds a tensor's dot products where they were formed elsewhere.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="dots">⟨∂L/∂θ, τₖ⟩, one an expert.</param>
    public void Add(int tensor, ReadOnlySpan<double> dots)
    {
        for (int k = 0; k < dots.Length; k++)
        {
            _dots[tensor, k] += dots[k];
        }
    }

    private void AddStretch(int tensor, int start, ReadOnlySpan<float> gradient, Span<double> sums)
    {
        VectorTensor? stored = _vectors.InMemory(tensor);
        float[][] read = stored is null ? [.. _vectors.Names.Select(_ => new float[DotKernel.Slice])] : [];
        VectorTensor source = stored ?? VectorTensor.Of(read, TensorType.F32);
        Span<float> scratch = stackalloc float[DotKernel.Slice];
        for (int done = 0; done < gradient.Length; done += DotKernel.Slice)
        {
            ReadOnlySpan<float> slice = gradient.Slice(done, Math.Min(DotKernel.Slice, gradient.Length - done));
            ReadOnlySpan<float> origin = stored is null ? _vectors.Base(tensor, start + done, scratch[..slice.Length]) : [];
            for (int k = 0; k < read.Length; k++)
            {
                _vectors.Tau(k, tensor, start + done, origin, read[k].AsSpan(0, slice.Length));
            }

            source.AddDots(slice, stored is null ? 0 : start + done, sums);
        }
    }
}
