using System.Numerics.Tensors;

namespace Search.Strategies.Bayesian;

/// <summary>Dense lower triangular algebra on row-major n × n matrices; what is above the diagonal is neither read nor written.</summary>
internal static class Triangular
{
    /// <summary>Replaces a symmetric matrix by its Cholesky factor.</summary>
    /// <param name="matrix">The lower half of the matrix, then of L.</param>
    /// <param name="n">Its order.</param>
    /// <returns>Whether it is positive definite; otherwise its content is void.</returns>
    public static bool TryFactor(Span<double> matrix, int n)
    {
        for (int i = 0; i < n; i++)
        {
            Span<double> row = matrix.Slice(i * n, i + 1);
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> other = matrix.Slice(j * n, j + 1);
                row[j] = (row[j] - TensorPrimitives.Dot(row[..j], other[..j])) / other[j];
            }

            double pivot = row[i] - TensorPrimitives.SumOfSquares<double>(row[..i]);
            if (!(pivot > 0) || !double.IsFinite(pivot))
            {
                return false;
            }

            row[i] = Math.Sqrt(pivot);
        }

        return true;
    }

    /// <summary>Replaces b by L⁻¹b.</summary>
    public static void SolveLower(ReadOnlySpan<double> factor, int n, Span<double> b)
    {
        for (int i = 0; i < n; i++)
        {
            b[i] = (b[i] - TensorPrimitives.Dot(factor.Slice(i * n, i), b[..i])) / factor[(i * n) + i];
        }
    }

    /// <summary>Replaces b by L⁻ᵀb.</summary>
    public static void SolveUpper(ReadOnlySpan<double> factor, int n, Span<double> b)
    {
        for (int i = n - 1; i >= 0; i--)
        {
            b[i] /= factor[(i * n) + i];
            TensorPrimitives.MultiplyAdd(factor.Slice(i * n, i), -b[i], b[..i], b[..i]);
        }
    }

    /// <summary>Replaces every column of an n × columns matrix B by L⁻¹ times it.</summary>
    public static void SolveLowerMany(ReadOnlySpan<double> factor, int n, Span<double> b, int columns)
    {
        for (int i = 0; i < n; i++)
        {
            Span<double> row = b.Slice(i * columns, columns);
            for (int j = 0; j < i; j++)
            {
                TensorPrimitives.MultiplyAdd(b.Slice(j * columns, columns), -factor[(i * n) + j], row, row);
            }

            TensorPrimitives.Multiply(row, 1 / factor[(i * n) + i], row);
        }
    }

    /// <summary>Computes the lower half of (L Lᵀ)⁻¹.</summary>
    /// <param name="factor">L.</param>
    /// <param name="n">Its order.</param>
    /// <param name="scratch">n² numbers of working space.</param>
    /// <param name="inverse">The lower half of the inverse.</param>
    public static void Invert(ReadOnlySpan<double> factor, int n, Span<double> scratch, Span<double> inverse)
    {
        // Row i of the scratch, from its diagonal on, is column i of L⁻¹.
        for (int i = 0; i < n; i++)
        {
            Span<double> column = scratch.Slice(i * n, n);
            column[i] = 1 / factor[(i * n) + i];
            for (int k = i + 1; k < n; k++)
            {
                column[k] = -TensorPrimitives.Dot(factor[((k * n) + i)..((k * n) + k)], column[i..k]) / factor[(k * n) + k];
            }

            for (int j = 0; j <= i; j++)
            {
                inverse[(i * n) + j] = TensorPrimitives.Dot<double>(scratch[((j * n) + i)..((j * n) + n)], column[i..]);
            }
        }
    }
}
