using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Search.LinearAlgebra;

/// <summary>A dense row-major matrix of doubles. Products have the same bits whatever the number of threads.</summary>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
internal sealed class Matrix(int rows, int columns)
{
    private const int Tile = 4;
    private const int Panel = 64; // rows that a thread takes at a time
    private const int Depth = 256; // of a panel, so that it stays in the second-level cache

    /// <summary>Rows.</summary>
    public int Rows => rows;

    /// <summary>Columns.</summary>
    public int Columns => columns;

    /// <summary>The elements.</summary>
    public double[] Elements { get; } = new double[checked(rows * columns)];

    /// <summary>Converts float32 elements.</summary>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="rows">Rows.</param>
    public static Matrix Of(ReadOnlySpan<float> values, int rows)
    {
        var matrix = new Matrix(rows, values.Length / rows);
        TensorPrimitives.ConvertTruncating(values, matrix.Elements);
        return matrix;
    }

    /// <summary>Puts rows of matrices of the same width below one another.</summary>
    /// <param name="parts">The matrices.</param>
    public static Matrix Stack(IReadOnlyList<Matrix> parts)
    {
        var matrix = new Matrix(parts.Sum(part => part.Rows), parts[0].Columns);
        int start = 0;
        foreach (Matrix part in parts)
        {
            part.Elements.CopyTo(matrix.Elements, start);
            start += part.Elements.Length;
        }

        return matrix;
    }

    /// <summary>A row.</summary>
    /// <param name="row">Its index.</param>
    public Span<double> Row(int row) => Elements.AsSpan(row * columns, columns);

    /// <summary>The first rows, copied.</summary>
    /// <param name="count">How many.</param>
    public Matrix First(int count)
    {
        var matrix = new Matrix(count, columns);
        Elements.AsSpan(0, matrix.Elements.Length).CopyTo(matrix.Elements);
        return matrix;
    }

    /// <summary>The transpose, copied.</summary>
    public Matrix Transposed()
    {
        var result = new Matrix(columns, rows);
        for (int from = 0; from < rows; from += Panel)
        {
            int to = Math.Min(rows, from + Panel);
            for (int column = 0; column < columns; column++)
            {
                for (int row = from; row < to; row++)
                {
                    result.Elements[(column * rows) + row] = Elements[(row * columns) + column];
                }
            }
        }

        return result;
    }

    /// <summary>The product with another matrix's transpose.</summary>
    /// <param name="other">The other, as wide as this.</param>
    public Matrix TimesTransposed(Matrix other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Columns, columns);
        var product = new Matrix(rows, other.Rows);
        Parallel.For(0, (rows + Panel - 1) / Panel, panel => AddPanel(other, product, panel * Panel, isSymmetric: false));
        return product;
    }

    /// <summary>The product with another matrix.</summary>
    /// <param name="other">The other, as high as this is wide.</param>
    public Matrix Times(Matrix other) => TimesTransposed(other.Transposed());

    /// <summary>The product with its own transpose: the inner products of the rows.</summary>
    public Matrix Gram()
    {
        var product = new Matrix(rows, rows);
        Parallel.For(0, (rows + Panel - 1) / Panel, panel => AddPanel(this, product, panel * Panel, isSymmetric: true));
        for (int i = 0; i < rows; i++)
        {
            for (int j = i + 1; j < rows; j++)
            {
                product.Elements[(i * rows) + j] = product.Elements[(j * rows) + i];
            }
        }

        return product;
    }

    /// <summary>The eigenvalues and eigenvectors of a symmetric matrix of finite elements.</summary>
    /// <exception cref="ArithmeticException">The iteration does not converge.</exception>
    public SymmetricEigen Eigen()
    {
        var eigen = new SymmetricEigen(rows);
        var padded = new double[rows * eigen.Stride];
        for (int i = 0; i < rows; i++)
        {
            Row(i).CopyTo(padded.AsSpan(i * eigen.Stride));
        }

        return eigen.TryDecompose(padded) ? eigen : throw new ArithmeticException($"The eigenvalues of a matrix of {rows} rows did not converge.");
    }

    /// <summary>The sum with a multiple of another matrix.</summary>
    /// <param name="other">The other, of the same size.</param>
    /// <param name="scale">What it is multiplied by.</param>
    public Matrix Plus(Matrix other, double scale = 1)
    {
        var sum = new Matrix(rows, columns);
        TensorPrimitives.MultiplyAdd<double>(other.Elements, scale, Elements, sum.Elements);
        return sum;
    }

    /// <summary>Multiplies each row by a number.</summary>
    /// <param name="factors">One a row.</param>
    public void ScaleRows(ReadOnlySpan<double> factors)
    {
        for (int i = 0; i < rows; i++)
        {
            TensorPrimitives.Multiply(Row(i), factors[i], Row(i));
        }
    }

    /// <summary>The elements as float32.</summary>
    public float[] ToFloats()
    {
        float[] values = new float[Elements.Length];
        TensorPrimitives.ConvertTruncating<double, float>(Elements, values);
        return values;
    }

    private void AddPanel(Matrix other, Matrix product, int from, bool isSymmetric)
    {
        ref double a = ref MemoryMarshal.GetArrayDataReference(Elements);
        ref double b = ref MemoryMarshal.GetArrayDataReference(other.Elements);
        double[] c = product.Elements;
        int to = Math.Min(rows, from + Panel);
        Span<double> sums = stackalloc double[Tile * Tile];
        for (int start = 0; start < columns; start += Depth)
        {
            int depth = Math.Min(Depth, columns - start);
            for (int j = 0; j < (isSymmetric ? to : other.Rows); j += Tile)
            {
                int width = Math.Min(Tile, other.Rows - j);
                for (int i = isSymmetric ? Math.Max(from, j / Tile * Tile) : from; i < to; i += Tile)
                {
                    int height = Math.Min(Tile, to - i);
                    if (height == Tile && width == Tile)
                    {
                        VectorKernels.DotTile(ref Unsafe.Add(ref a, (i * columns) + start), columns, ref Unsafe.Add(ref b, (j * columns) + start), columns, depth, sums);
                    }

                    for (int r = 0; r < height; r++)
                    {
                        for (int s = 0; s < width; s++)
                        {
                            c[((i + r) * other.Rows) + j + s] += height == Tile && width == Tile
                                ? sums[(Tile * r) + s]
                                : VectorKernels.Dot(ref Unsafe.Add(ref a, ((i + r) * columns) + start), ref Unsafe.Add(ref b, ((j + s) * columns) + start), depth);
                        }
                    }
                }
            }
        }
    }
}
