using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Search.LinearAlgebra;

/// <summary>Products of dense row-major matrices, tiled in registers; the caller gives the destination and nothing is allocated.</summary>
internal static class MatrixKernels
{
    private const int Tile = 4;
    private const int Lanes = 8;

    /// <summary>C = A Bᵀ.</summary>
    /// <param name="a">A, <paramref name="aRows"/> rows <paramref name="stride"/> apart.</param>
    /// <param name="aRows">Rows of A and of C.</param>
    /// <param name="b">B, <paramref name="bRows"/> rows <paramref name="stride"/> apart.</param>
    /// <param name="bRows">Rows of B and columns of C.</param>
    /// <param name="depth">Columns of A and of B.</param>
    /// <param name="stride">The distance between rows of A, of B and of C.</param>
    /// <param name="c">C.</param>
    /// <param name="lower">Whether B is lower triangular: row j ends at its diagonal.</param>
    public static void MultiplyTransposed(ReadOnlySpan<double> a, int aRows, ReadOnlySpan<double> b, int bRows, int depth, int stride, Span<double> c, bool lower = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(a.Length, ((aRows - 1) * stride) + depth);
        ArgumentOutOfRangeException.ThrowIfLessThan(b.Length, ((bRows - 1) * stride) + depth);
        ArgumentOutOfRangeException.ThrowIfLessThan(c.Length, ((aRows - 1) * stride) + bRows);
        ref double firstA = ref MemoryMarshal.GetReference(a);
        ref double firstB = ref MemoryMarshal.GetReference(b);
        Span<double> sums = stackalloc double[Tile * Tile];
        for (int j = 0; j < bRows; j += Tile)
        {
            int width = Math.Min(Tile, bRows - j);
            int used = lower ? Math.Min(depth, j + width) : depth;
            for (int i = 0; i < aRows; i += Tile)
            {
                int height = Math.Min(Tile, aRows - i);
                if (height == Tile && width == Tile)
                {
                    VectorKernels.DotTile(ref Unsafe.Add(ref firstA, i * stride), stride, ref Unsafe.Add(ref firstB, j * stride), stride, used, sums);
                }

                for (int r = 0; r < height; r++)
                {
                    for (int s = 0; s < width; s++)
                    {
                        c[((i + r) * stride) + j + s] = height == Tile && width == Tile
                            ? sums[(Tile * r) + s]
                            : VectorKernels.Dot(ref Unsafe.Add(ref firstA, (i + r) * stride), ref Unsafe.Add(ref firstB, (j + s) * stride), used);
                    }
                }
            }
        }
    }

    /// <summary>The lower triangle of C ← decay · C + Σᵢ wᵢ yᵢ yᵢᵀ; elements up to seven right of the diagonal may be written too.</summary>
    /// <param name="c">C, <paramref name="stride"/> rows of as many columns.</param>
    /// <param name="stride">The distance between rows of C and of y: a multiple of 8.</param>
    /// <param name="rows">Rows of C.</param>
    /// <param name="decay">The factor of C.</param>
    /// <param name="y">The vectors, one a row, zero beyond column <paramref name="rows"/>.</param>
    /// <param name="weights">One a vector.</param>
    public static void AddOuterProducts(Span<double> c, int stride, int rows, double decay, ReadOnlySpan<double> y, ReadOnlySpan<double> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(stride % Lanes, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(c.Length, stride * rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(y.Length, stride * weights.Length);
        ref double firstC = ref MemoryMarshal.GetReference(c);
        ref double firstY = ref MemoryMarshal.GetReference(y);
        Span<double> scaled = stackalloc double[Tile * 64];
        for (int i = 0; i < rows; i += Tile)
        {
            int height = Math.Min(Tile, rows - i);
            for (int from = 0; from < weights.Length; from += 64)
            {
                int count = Math.Min(64, weights.Length - from);
                for (int k = 0; k < count; k++)
                {
                    for (int r = 0; r < height; r++)
                    {
                        scaled[(Tile * k) + r] = weights[from + k] * y[((from + k) * stride) + i + r];
                    }
                }

                ref double block = ref Unsafe.Add(ref firstC, i * stride);
                ref double vectors = ref Unsafe.Add(ref firstY, from * stride);
                double factor = from == 0 ? decay : 1;
                int width = Math.Min(stride, (i + height + Lanes - 1) / Lanes * Lanes);
                if (height == Tile)
                {
                    AddToFourRows(ref block, stride, width, factor, ref vectors, count, scaled);
                }
                else
                {
                    AddToRows(ref block, stride, height, width, factor, ref vectors, count, scaled);
                }
            }
        }
    }

    private static void AddToFourRows(ref double c, int stride, int width, double decay, ref double y, int count, ReadOnlySpan<double> scaled)
    {
        ref double c1 = ref Unsafe.Add(ref c, stride);
        ref double c2 = ref Unsafe.Add(ref c1, stride);
        ref double c3 = ref Unsafe.Add(ref c2, stride);
        Vector512<double> factor = Vector512.Create(decay);
        for (int column = 0; column < width; column += Lanes)
        {
            nuint at = (nuint)column;
            Vector512<double> s0 = Vector512.LoadUnsafe(ref c, at) * factor;
            Vector512<double> s1 = Vector512.LoadUnsafe(ref c1, at) * factor;
            Vector512<double> s2 = Vector512.LoadUnsafe(ref c2, at) * factor;
            Vector512<double> s3 = Vector512.LoadUnsafe(ref c3, at) * factor;
            ref double row = ref Unsafe.Add(ref y, column);
            for (int k = 0; k + 3 < scaled.Length && k < Tile * count; k += Tile)
            {
                Vector512<double> x = Vector512.LoadUnsafe(ref row);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(scaled[k]), x, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(scaled[k + 1]), x, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(scaled[k + 2]), x, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(scaled[k + 3]), x, s3);
                row = ref Unsafe.Add(ref row, stride);
            }

            s0.StoreUnsafe(ref c, at);
            s1.StoreUnsafe(ref c1, at);
            s2.StoreUnsafe(ref c2, at);
            s3.StoreUnsafe(ref c3, at);
        }
    }

    private static void AddToRows(ref double c, int stride, int height, int width, double decay, ref double y, int count, ReadOnlySpan<double> scaled)
    {
        for (int r = 0; r < height; r++)
        {
            for (int column = 0; column < width; column += Lanes)
            {
                ref double target = ref Unsafe.Add(ref c, (r * stride) + column);
                Vector512<double> sum = Vector512.LoadUnsafe(ref target) * Vector512.Create(decay);
                for (int k = 0; k < count; k++)
                {
                    sum = Vector512.FusedMultiplyAdd(Vector512.Create(scaled[(Tile * k) + r]), Vector512.LoadUnsafe(ref y, (nuint)((k * stride) + column)), sum);
                }

                sum.StoreUnsafe(ref target);
            }
        }
    }
}
