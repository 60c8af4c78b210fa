using System.Numerics;
using System.Runtime.InteropServices;

namespace Search.Merging;

/// <summary>
/// Turns the derivative of an objective by the merged weights into its derivative by each merge weight, ∂L/∂w[t, k] = ⟨∂L/∂θ[t], τₖ[t]⟩,
/// in one pass over the task vectors. The sums do not depend on how many threads took part.
/// </summary>
public sealed class MergeGradient
{
    private const int Slice = 4096; // with four task vectors at once, five pages of each side stay in the first-level caches
    private const int Stretch = 16 * Slice;
    private const int AtOnce = 4;

    private readonly TaskVectors _vectors;
    private readonly double[,] _dots;

    /// <summary>Starts from zero.</summary>
    /// <param name="vectors">The task vectors.</param>
    public MergeGradient(TaskVectors vectors)
    {
        _vectors = vectors;
        _dots = new double[vectors.Layout.Tensors.Count, vectors.Experts];
    }

    /// <summary>The derivative by the weight of an expert in a tensor.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="expert">The expert's index.</param>
    public double this[int tensor, int expert] => _dots[tensor, expert];

    /// <summary>Forgets everything.</summary>
    public void Clear() => Array.Clear(_dots);

    /// <summary>Adds a tensor's share.</summary>
    /// <param name="tensor">The tensor's index in the layout.</param>
    /// <param name="gradient">The derivative by each of its elements.</param>
    public void Add(int tensor, ReadOnlyMemory<float> gradient)
    {
        int experts = _vectors.Experts;
        int stretches = (gradient.Length + Stretch - 1) / Stretch;
        var sums = new double[stretches * experts];
        void AddOne(int stretch)
        {
            int first = stretch * Stretch;
            AddStretch(tensor, first, gradient.Span.Slice(first, Math.Min(Stretch, gradient.Length - first)), sums.AsSpan(stretch * experts, experts));
        }

        if (stretches == 1)
        {
            AddOne(0);
        }
        else
        {
            Parallel.For(0, stretches, AddOne);
        }

        for (int i = 0; i < sums.Length; i++)
        {
            _dots[tensor, i % experts] += sums[i];
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
