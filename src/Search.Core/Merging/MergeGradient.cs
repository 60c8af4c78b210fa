using System.Numerics;
using System.Runtime.InteropServices;

namespace Search.Merging;

/// <summary>
/// Turns the derivative of an objective by the merged weights into its derivative by each merge weight, ∂L/∂w[p, k] = ⟨∂L/∂θ[p], τₖ[p]⟩,
/// in one pass over the task vectors. The sums do not depend on how many threads took part.
/// </summary>
public sealed class MergeGradient
{
    private const int Slice = 4096; // with four task vectors at once, five pages of each side stay in the first-level caches
    private const int Stretch = 16 * Slice;
    private const int AtOnce = 4;

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
            AddStretch(tensor, start, gradient.Span.Slice(start, length), sums.AsSpan(stretch * experts, experts));
        }

        if (stretches.Length == 1)
        {
            AddOne(0);
        }
        else
        {
            Parallel.For(0, stretches.Length, AddOne);
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
        int scratch = _vectors.IsResident ? 0 : Slice;
        Span<float> baseScratch = stackalloc float[scratch];
        Span<float> tauScratch = stackalloc float[scratch];
        for (int offset = 0; offset < gradient.Length; offset += Slice)
        {
            ReadOnlySpan<float> slice = gradient.Slice(offset, Math.Min(Slice, gradient.Length - offset));
            if (_vectors.IsResident)
            {
                AddResident(tensor, start + offset, slice, sums);
                continue;
            }

            ReadOnlySpan<float> baseSlice = _vectors.Base(tensor, start + offset, baseScratch[..slice.Length]);
            for (int k = 0; k < sums.Length; k++)
            {
                sums[k] += Dot(slice, _vectors.Tau(k, tensor, start + offset, baseSlice, tauScratch[..slice.Length]));
            }
        }
    }

    // Several streams at once keep more of memory busy than one after another.
    private void AddResident(int tensor, int start, ReadOnlySpan<float> gradient, Span<double> sums)
    {
        int k = 0;
        for (; k + AtOnce <= sums.Length; k += AtOnce)
        {
            ReadOnlySpan<Vector<float>> g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            ReadOnlySpan<Vector<float>> a = MemoryMarshal.Cast<float, Vector<float>>(_vectors.Tau(k, tensor, start, gradient.Length))[..g.Length];
            ReadOnlySpan<Vector<float>> b = MemoryMarshal.Cast<float, Vector<float>>(_vectors.Tau(k + 1, tensor, start, gradient.Length))[..g.Length];
            ReadOnlySpan<Vector<float>> c = MemoryMarshal.Cast<float, Vector<float>>(_vectors.Tau(k + 2, tensor, start, gradient.Length))[..g.Length];
            ReadOnlySpan<Vector<float>> d = MemoryMarshal.Cast<float, Vector<float>>(_vectors.Tau(k + 3, tensor, start, gradient.Length))[..g.Length];
            (Vector<float> sumA, Vector<float> sumB, Vector<float> sumC, Vector<float> sumD) = (default, default, default, default);
            for (int i = 0; i < g.Length; i++)
            {
                sumA = Vector.FusedMultiplyAdd(g[i], a[i], sumA);
                sumB = Vector.FusedMultiplyAdd(g[i], b[i], sumB);
                sumC = Vector.FusedMultiplyAdd(g[i], c[i], sumC);
                sumD = Vector.FusedMultiplyAdd(g[i], d[i], sumD);
            }

            int done = g.Length * Vector<float>.Count;
            sums[k] += Vector.Sum(sumA) + Tail(k, done, gradient);
            sums[k + 1] += Vector.Sum(sumB) + Tail(k + 1, done, gradient);
            sums[k + 2] += Vector.Sum(sumC) + Tail(k + 2, done, gradient);
            sums[k + 3] += Vector.Sum(sumD) + Tail(k + 3, done, gradient);
        }

        for (; k < sums.Length; k++)
        {
            sums[k] += Dot(gradient, _vectors.Tau(k, tensor, start, gradient.Length));
        }

        double Tail(int expert, int done, ReadOnlySpan<float> gradient) =>
            done == gradient.Length ? 0 : Dot(gradient[done..], _vectors.Tau(expert, tensor, start + done, gradient.Length - done));
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => System.Numerics.Tensors.TensorPrimitives.Dot(a, b);
}
