using System.Numerics.Tensors;

namespace Search.Merging;

/// <summary>
/// Turns the derivative of an objective by the merged weights into its derivative by each merge weight, ∂L/∂w[t, k] = ⟨∂L/∂θ[t], τₖ[t]⟩,
/// in one pass over the task vectors. The sums do not depend on how many threads took part.
/// </summary>
public sealed class MergeGradient
{
    private const int Slice = 2048;
    private const int Stretch = 32 * Slice;

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

    private void AddStretch(int tensor, int start, ReadOnlySpan<float> gradient, Span<double> sums)
    {
        Span<float> baseScratch = stackalloc float[Slice];
        Span<float> tauScratch = stackalloc float[Slice];
        for (int offset = 0; offset < gradient.Length; offset += Slice)
        {
            ReadOnlySpan<float> slice = gradient.Slice(offset, Math.Min(Slice, gradient.Length - offset));
            ReadOnlySpan<float> baseSlice = _vectors.IsResident ? default : _vectors.Base(tensor, start + offset, baseScratch[..slice.Length]);
            for (int k = 0; k < sums.Length; k++)
            {
                sums[k] += TensorPrimitives.Dot(slice, _vectors.Tau(k, tensor, start + offset, baseSlice, tauScratch[..slice.Length]));
            }
        }
    }
}
