using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Search.Merging.Kernels;

/// <summary>Adds weighted vectors up.</summary>
internal static class LinearKernel
{
    /// <summary>Vectors read side by side: several streams keep more of memory busy than one after another.</summary>
    public const int AtOnce = 4;

    /// <summary>Adds up to <see cref="AtOnce"/> vectors; the sums are the same in the same order as one by one. A vector of weight zero takes no part, whatever its values are.</summary>
    /// <param name="slice">The vectors.</param>
    /// <param name="first">The first to add.</param>
    /// <param name="weights">One a vector.</param>
    /// <param name="destination">What they are added to.</param>
    public static void Add(in VectorSlice slice, int first, ReadOnlySpan<float> weights, Span<float> destination)
    {
        int count = Math.Min(AtOnce, slice.Count - first);
        if (count < AtOnce || weights.Slice(first, AtOnce).Contains(0))
        {
            for (int k = first; k < first + count; k++)
            {
                AddOne(slice[k], weights[k], destination);
            }

            return;
        }

        Span<Vector<float>> sum = MemoryMarshal.Cast<float, Vector<float>>(destination);
        ReadOnlySpan<Vector<float>> a = MemoryMarshal.Cast<float, Vector<float>>(slice[first])[..sum.Length];
        ReadOnlySpan<Vector<float>> b = MemoryMarshal.Cast<float, Vector<float>>(slice[first + 1])[..sum.Length];
        ReadOnlySpan<Vector<float>> c = MemoryMarshal.Cast<float, Vector<float>>(slice[first + 2])[..sum.Length];
        ReadOnlySpan<Vector<float>> d = MemoryMarshal.Cast<float, Vector<float>>(slice[first + 3])[..sum.Length];
        (Vector<float> wa, Vector<float> wb, Vector<float> wc, Vector<float> wd) = (new(weights[first]), new(weights[first + 1]), new(weights[first + 2]), new(weights[first + 3]));
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] = Vector.FusedMultiplyAdd(d[i], wd, Vector.FusedMultiplyAdd(c[i], wc, Vector.FusedMultiplyAdd(b[i], wb, Vector.FusedMultiplyAdd(a[i], wa, sum[i]))));
        }

        int done = sum.Length * Vector<float>.Count;
        for (int k = first; k < first + AtOnce && done < destination.Length; k++)
        {
            AddOne(slice[k][done..], weights[k], destination[done..]);
        }
    }

    private static void AddOne(ReadOnlySpan<float> vector, float weight, Span<float> destination)
    {
        if (weight != 0)
        {
            TensorPrimitives.FusedMultiplyAdd(vector, weight, destination, destination);
        }
    }
}
