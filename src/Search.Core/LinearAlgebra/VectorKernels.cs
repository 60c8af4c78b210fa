using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Search.LinearAlgebra;

/// <summary>
/// Inner loops over contiguous doubles. Every sum runs over eight lanes and then the tail, with fused multiply-adds, so that the bits of a
/// result depend on the numbers alone: not on the processor's vector width, and not on how a matrix was cut into tiles.
/// </summary>
internal static class VectorKernels
{
    private const int Lanes = 8;

    /// <summary>Σ aᵢ bᵢ.</summary>
    /// <param name="a">Any length.</param>
    /// <param name="b">At least as long as <paramref name="a"/>.</param>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(b.Length, a.Length);
        return Dot(ref MemoryMarshal.GetReference(a), ref MemoryMarshal.GetReference(b), a.Length);
    }

    /// <summary>Σ aᵢ bᵢ over the first <paramref name="count"/> elements, which the caller has checked to exist.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Dot(ref double a, ref double b, int count)
    {
        Vector512<double> sum = Vector512<double>.Zero;
        nuint i = 0;
        nuint end = (nuint)count;
        for (; i + Lanes <= end; i += Lanes)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref a, i), Vector512.LoadUnsafe(ref b, i), sum);
        }

        double total = Vector512.Sum(sum);
        for (; i < end; i++)
        {
            total = Math.FusedMultiplyAdd(Unsafe.Add(ref a, i), Unsafe.Add(ref b, i), total);
        }

        return total;
    }

    /// <summary>y += scale · x.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="x">Any length.</param>
    /// <param name="y">At least as long as <paramref name="x"/>.</param>
    public static void AddScaled(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(y.Length, x.Length);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double target = ref MemoryMarshal.GetReference(y);
        Vector512<double> factor = Vector512.Create(scale);
        nuint i = 0;
        nuint end = (nuint)x.Length;
        for (; i + Lanes <= end; i += Lanes)
        {
            Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref source, i), Vector512.LoadUnsafe(ref target, i)).StoreUnsafe(ref target, i);
        }

        for (; i < end; i++)
        {
            Unsafe.Add(ref target, i) = Math.FusedMultiplyAdd(scale, Unsafe.Add(ref source, i), Unsafe.Add(ref target, i));
        }
    }

    /// <summary>y += scale · x ∘ x.</summary>
    /// <param name="scale">The factor.</param>
    /// <param name="x">Any length.</param>
    /// <param name="y">At least as long as <paramref name="x"/>.</param>
    public static void AddScaledSquares(double scale, ReadOnlySpan<double> x, Span<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(y.Length, x.Length);
        ref double source = ref MemoryMarshal.GetReference(x);
        ref double target = ref MemoryMarshal.GetReference(y);
        Vector512<double> factor = Vector512.Create(scale);
        nuint i = 0;
        nuint end = (nuint)x.Length;
        for (; i + Lanes <= end; i += Lanes)
        {
            Vector512<double> element = Vector512.LoadUnsafe(ref source, i);
            Vector512.FusedMultiplyAdd(factor * element, element, Vector512.LoadUnsafe(ref target, i)).StoreUnsafe(ref target, i);
        }

        for (; i < end; i++)
        {
            double element = Unsafe.Add(ref source, i);
            Unsafe.Add(ref target, i) = Math.FusedMultiplyAdd(scale * element, element, Unsafe.Add(ref target, i));
        }
    }

    /// <summary>The sixteen sums Σ aᵢₖ bⱼₖ of four rows with four rows, each with the bits that <see cref="Dot(ref double, ref double, int)"/> gives.</summary>
    /// <param name="a">The first of four rows, <paramref name="aStride"/> elements apart.</param>
    /// <param name="aStride">The distance between rows of a.</param>
    /// <param name="b">The first of four rows, <paramref name="bStride"/> elements apart.</param>
    /// <param name="bStride">The distance between rows of b.</param>
    /// <param name="count">Elements a row.</param>
    /// <param name="sums">Sixteen sums, row-major.</param>
    public static void DotTile(ref double a, int aStride, ref double b, int bStride, int count, Span<double> sums)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sums.Length, 16);
        ref double a1 = ref Unsafe.Add(ref a, aStride);
        ref double a2 = ref Unsafe.Add(ref a1, aStride);
        ref double a3 = ref Unsafe.Add(ref a2, aStride);
        ref double b1 = ref Unsafe.Add(ref b, bStride);
        ref double b2 = ref Unsafe.Add(ref b1, bStride);
        ref double b3 = ref Unsafe.Add(ref b2, bStride);
        Vector512<double> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<double> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<double> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<double> s30 = default, s31 = default, s32 = default, s33 = default;
        nuint k = 0;
        nuint end = (nuint)count;
        for (; k + Lanes <= end; k += Lanes)
        {
            Vector512<double> x0 = Vector512.LoadUnsafe(ref b, k);
            Vector512<double> x1 = Vector512.LoadUnsafe(ref b1, k);
            Vector512<double> x2 = Vector512.LoadUnsafe(ref b2, k);
            Vector512<double> x3 = Vector512.LoadUnsafe(ref b3, k);
            Vector512<double> row = Vector512.LoadUnsafe(ref a, k);
            s00 = Vector512.FusedMultiplyAdd(row, x0, s00);
            s01 = Vector512.FusedMultiplyAdd(row, x1, s01);
            s02 = Vector512.FusedMultiplyAdd(row, x2, s02);
            s03 = Vector512.FusedMultiplyAdd(row, x3, s03);
            row = Vector512.LoadUnsafe(ref a1, k);
            s10 = Vector512.FusedMultiplyAdd(row, x0, s10);
            s11 = Vector512.FusedMultiplyAdd(row, x1, s11);
            s12 = Vector512.FusedMultiplyAdd(row, x2, s12);
            s13 = Vector512.FusedMultiplyAdd(row, x3, s13);
            row = Vector512.LoadUnsafe(ref a2, k);
            s20 = Vector512.FusedMultiplyAdd(row, x0, s20);
            s21 = Vector512.FusedMultiplyAdd(row, x1, s21);
            s22 = Vector512.FusedMultiplyAdd(row, x2, s22);
            s23 = Vector512.FusedMultiplyAdd(row, x3, s23);
            row = Vector512.LoadUnsafe(ref a3, k);
            s30 = Vector512.FusedMultiplyAdd(row, x0, s30);
            s31 = Vector512.FusedMultiplyAdd(row, x1, s31);
            s32 = Vector512.FusedMultiplyAdd(row, x2, s32);
            s33 = Vector512.FusedMultiplyAdd(row, x3, s33);
        }

        sums[15] = Vector512.Sum(s33);
        sums[0] = Vector512.Sum(s00);
        sums[1] = Vector512.Sum(s01);
        sums[2] = Vector512.Sum(s02);
        sums[3] = Vector512.Sum(s03);
        sums[4] = Vector512.Sum(s10);
        sums[5] = Vector512.Sum(s11);
        sums[6] = Vector512.Sum(s12);
        sums[7] = Vector512.Sum(s13);
        sums[8] = Vector512.Sum(s20);
        sums[9] = Vector512.Sum(s21);
        sums[10] = Vector512.Sum(s22);
        sums[11] = Vector512.Sum(s23);
        sums[12] = Vector512.Sum(s30);
        sums[13] = Vector512.Sum(s31);
        sums[14] = Vector512.Sum(s32);
        for (; k < end; k++)
        {
            for (int i = 0; i < 4; i++)
            {
                double left = Unsafe.Add(ref Unsafe.Add(ref a, i * aStride), k);
                for (int j = 0; j < 4; j++)
                {
                    sums[(4 * i) + j] = Math.FusedMultiplyAdd(left, Unsafe.Add(ref Unsafe.Add(ref b, j * bStride), k), sums[(4 * i) + j]);
                }
            }
        }
    }
}
