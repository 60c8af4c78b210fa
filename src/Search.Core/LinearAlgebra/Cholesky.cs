using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Search.LinearAlgebra;

/// <summary>
/// The lower factor L of a symmetric positive definite matrix A = L Lᵀ that may grow by rows: row by row (Cholesky–Banachiewicz), in tiles
/// of four by four. Appending gives the same bits as factoring the whole matrix again.
/// </summary>
internal sealed class Cholesky
{
    private const int Tile = 4;
    private double[] _factor = [];
    private int _stride;

    /// <summary>How many rows are factored.</summary>
    public int Count { get; private set; }

    /// <summary>The logarithm of the matrix's determinant.</summary>
    public double LogDeterminant
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < Count; i++)
            {
                sum += Math.Log(_factor[(i * _stride) + i]);
            }

            return 2 * sum;
        }
    }

    /// <summary>The first i + 1 elements of row i of L.</summary>
    public ReadOnlySpan<double> Row(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Count);
        return _factor.AsSpan(i * _stride, i + 1);
    }

    /// <summary>Factors a matrix, forgetting the one before.</summary>
    /// <param name="matrix">The lower triangle; rows of <paramref name="count"/> elements, row-major; not changed.</param>
    /// <param name="count">Rows and columns.</param>
    /// <returns>Whether the matrix is positive definite; if not, nothing is factored.</returns>
    public bool TryFactor(ReadOnlySpan<double> matrix, int count)
    {
        Count = 0;
        return TryAppend(matrix, count);
    }

    /// <summary>Appends rows to the matrix.</summary>
    /// <param name="rows">The new rows of the matrix's lower triangle; each row has <see cref="Count"/> + <paramref name="added"/> elements, of which those right of the diagonal are not read.</param>
    /// <param name="added">How many rows.</param>
    /// <returns>Whether the grown matrix is positive definite; if not, the factor stays as it was.</returns>
    public bool TryAppend(ReadOnlySpan<double> rows, int added)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(added);
        int count = Count + added;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Length, added * count);
        Reserve(count);
        for (int i = 0; i < added; i++)
        {
            rows.Slice(i * count, Count + i + 1).CopyTo(_factor.AsSpan((Count + i) * _stride));
        }

        if (!TryFactorRows(_factor, _stride, Count, count))
        {
            return false;
        }

        Count = count;
        return true;
    }

    /// <summary>Forgets the rows from <paramref name="count"/> on.</summary>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count = count;
    }

    /// <summary>Solves L x = b for many right-hand sides.</summary>
    /// <param name="rows">On entry one right-hand side a row, rows of <see cref="Count"/> elements; on return the solutions.</param>
    public void SolveLower(Span<double> rows)
    {
        int count = Count == 0 ? 0 : rows.Length / Count;
        ref double x = ref MemoryMarshal.GetReference(rows);
        for (int i = 0; i < count; i += Tile)
        {
            Eliminate(ref Unsafe.Add(ref x, i * Count), Count, Math.Min(Tile, count - i), ref MemoryMarshal.GetArrayDataReference(_factor), _stride, Count, int.MaxValue);
        }
    }

    /// <summary>Solves Lᵀ x = b.</summary>
    /// <param name="b">On entry <see cref="Count"/> elements of b, on return x.</param>
    public void SolveUpper(Span<double> b)
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = _factor.AsSpan(i * _stride, i + 1);
            b[i] /= row[i];
            VectorKernels.AddScaled(-b[i], row[..i], b);
        }
    }

    /// <summary>Factors rows of a matrix in place, given that the rows before them are factored.</summary>
    /// <param name="matrix">Row-major; rows before <paramref name="from"/> hold L, the others A's lower triangle, and L on return.</param>
    /// <param name="stride">The distance between rows.</param>
    /// <param name="from">The first row to factor.</param>
    /// <param name="to">One after the last row to factor.</param>
    /// <returns>Whether the matrix is positive definite; if not, its rows are spoilt.</returns>
    public static bool TryFactorRows(Span<double> matrix, int stride, int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(matrix.Length, ((to - 1) * stride) + to);
        ref double first = ref MemoryMarshal.GetReference(matrix);
        for (int i = from; i < to; i += Tile)
        {
            int rows = Math.Min(Tile, to - i);
            if (!Eliminate(ref Unsafe.Add(ref first, i * stride), stride, rows, ref first, stride, i + rows, i))
            {
                return false;
            }
        }

        return true;
    }

    // Up to four rows x, each solved against L's rows j < columns. Row r of x has its own diagonal at column diagonal + r, where its root is taken.
    private static bool Eliminate(ref double x, int xStride, int rows, ref double l, int lStride, int columns, int diagonal)
    {
        Span<double> sums = stackalloc double[Tile * Tile];
        for (int j = 0; j < columns; j += Tile)
        {
            int width = Math.Min(Tile, columns - j);
            if (rows == Tile && width == Tile)
            {
                VectorKernels.DotTile(ref x, xStride, ref Unsafe.Add(ref l, j * lStride), lStride, j, sums);
            }
            else
            {
                for (int r = 0; r < rows; r++)
                {
                    for (int c = 0; c < width; c++)
                    {
                        sums[(Tile * r) + c] = VectorKernels.Dot(ref Unsafe.Add(ref x, r * xStride), ref Unsafe.Add(ref l, (j + c) * lStride), j);
                    }
                }
            }

            for (int r = 0; r < rows; r++)
            {
                ref double row = ref Unsafe.Add(ref x, r * xStride);
                for (int c = 0; c < width && j + c - diagonal <= r; c++)
                {
                    ref double other = ref Unsafe.Add(ref l, (j + c) * lStride);
                    double rest = Unsafe.Add(ref row, j + c) - sums[(Tile * r) + c];
                    for (int k = j; k < j + c; k++)
                    {
                        rest -= Unsafe.Add(ref row, k) * Unsafe.Add(ref other, k);
                    }

                    if (j + c - diagonal != r)
                    {
                        Unsafe.Add(ref row, j + c) = rest / Unsafe.Add(ref other, j + c);
                    }
                    else if (rest > 0 && double.IsFinite(rest))
                    {
                        Unsafe.Add(ref row, j + c) = Math.Sqrt(rest);
                    }
                    else
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private void Reserve(int count)
    {
        if (count <= _stride)
        {
            return;
        }

        int stride = Math.Max(count, 2 * _stride);
        double[] grown = new double[stride * stride];
        for (int i = 0; i < Count; i++)
        {
            _factor.AsSpan(i * _stride, i + 1).CopyTo(grown.AsSpan(i * stride));
        }

        _factor = grown;
        _stride = stride;
    }
}
