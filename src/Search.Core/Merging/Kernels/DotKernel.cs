using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Search.Merging.Kernels;

/// <summary>
/// Dot products of one run of elements with several vectors: summed in float32 over a few products a lane, then in double precision, in an
/// order that does not depend on the registers' width.
/// </summary>
internal static class DotKernel
{
    /// <summary>What is summed in float32 before it goes on in double precision: 64 products a lane.</summary>
    public const int Slice = 64 * Lanes;

    private const int AtOnce = 4; // several streams at once keep more of memory busy than one after another
    private const int Lanes = 16;

    /// <summary>Adds the dot products of a slice.</summary>
    /// <typeparam name="T">What the vectors' elements are stored in.</typeparam>
    /// <typeparam name="TStorage">How.</typeparam>
    /// <param name="values">The slice to multiply with; at most <see cref="Slice"/> elements.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="start">Where the slice begins in each.</param>
    /// <param name="sums">What is added to; one a vector.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<T, TStorage>(ReadOnlySpan<float> values, T[][] vectors, int start, Span<double> sums)
        where T : unmanaged
        where TStorage : IVectorStorage<T>
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(values.Length, Slice);
        LinearKernel.Check(values.Length, vectors, start, values.Length);
        ref float from = ref MemoryMarshal.GetReference(values);
        int whole = values.Length / Lanes * Lanes;
        for (int k = 0; k < vectors.Length; k += AtOnce)
        {
            // Beyond the last vector the last is read again, from the cache, and not added.
            ref T a = ref Reference(vectors, k, start);
            ref T b = ref Reference(vectors, k + 1, start);
            ref T c = ref Reference(vectors, k + 2, start);
            ref T d = ref Reference(vectors, k + 3, start);
            Vector512<float> zero = Vector512<float>.Zero;
            (Vector512<float> sumA, Vector512<float> sumB, Vector512<float> sumC, Vector512<float> sumD) = (zero, zero, zero, zero);
            for (int i = 0; i < whole; i += Lanes)
            {
                nuint at = (nuint)i;
                Vector512<float> value = Vector512.LoadUnsafe(ref from, at);
                sumA = Vector512.FusedMultiplyAdd(value, TStorage.Load(ref a, at), sumA);
                sumB = Vector512.FusedMultiplyAdd(value, TStorage.Load(ref b, at), sumB);
                sumC = Vector512.FusedMultiplyAdd(value, TStorage.Load(ref c, at), sumC);
                sumD = Vector512.FusedMultiplyAdd(value, TStorage.Load(ref d, at), sumD);
            }

            int last = Math.Min(AtOnce, vectors.Length - k) - 1;
            sums[k] += Sum(sumA);
            sums[k + Math.Min(1, last)] += last >= 1 ? Sum(sumB) : 0;
            sums[k + Math.Min(2, last)] += last >= 2 ? Sum(sumC) : 0;
            sums[k + Math.Min(3, last)] += last >= 3 ? Sum(sumD) : 0;
        }

        for (int i = whole; i < values.Length; i++)
        {
            for (int k = 0; k < vectors.Length; k++)
            {
                sums[k] += (double)values[i] * TStorage.Widen(vectors[k][start + i]);
            }
        }
    }

    private static ref T Reference<T>(T[][] vectors, int vector, int start) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(vectors[Math.Min(vector, vectors.Length - 1)]), start);

    private static double Sum(Vector512<float> lanes)
    {
        double sum = 0;
        for (int lane = 0; lane < Lanes; lane++)
        {
            sum += lanes[lane];
        }

        return sum;
    }
}
