using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Search.LinearAlgebra;

/// <summary>
/// All eigenvalues and eigenvectors of a symmetric matrix: Householder tridiagonalisation and implicit QL (Golub and Van Loan 2013, §8.3),
/// with the eigenvectors kept as rows so that every inner loop is contiguous. Its buffers serve any number of decompositions.
/// </summary>
internal sealed class SymmetricEigen
{
    private const int Lanes = 8;
    private const double UnitRoundoff = 1.1102230246251565e-16; // 2⁻⁵³
    private const int MaximalSweeps = 60; // two or three suffice on average
    private readonly int _n;
    private readonly double[] _work; // the reduced matrix's lower triangle; row i ends as Householder vector i
    private readonly double[] _inverseNorms; // 2 / uᵢᵀuᵢ, or 0 where row i needed no reflection
    private readonly double[] _offDiagonal;
    private readonly double[] _product;
    private readonly double[] _cosines;
    private readonly double[] _sines;

    /// <summary>Reserves the buffers.</summary>
    /// <param name="n">Rows and columns; positive.</param>
    public SymmetricEigen(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        _n = n;
        Stride = (n + Lanes - 1) / Lanes * Lanes;
        _work = new double[n * Stride];
        _inverseNorms = new double[n];
        _offDiagonal = new double[n];
        _product = new double[Stride];
        _cosines = new double[n];
        _sines = new double[n];
        Values = new double[n];
        Vectors = new double[n * Stride];
    }

    /// <summary>The distance between rows of matrices: n, rounded up to a multiple of 8.</summary>
    public int Stride { get; }

    /// <summary>The eigenvalues, in no particular order.</summary>
    public double[] Values { get; }

    /// <summary>The eigenvectors: row j, of length 1, belongs to value j; zero beyond column n.</summary>
    public double[] Vectors { get; }

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="matrix">The lower triangle, rows <see cref="Stride"/> apart; not changed.</param>
    /// <returns>Whether the iteration converged; it does not when an element is not finite.</returns>
    public bool TryDecompose(ReadOnlySpan<double> matrix)
    {
        for (int i = 0; i < _n; i++)
        {
            matrix.Slice(i * Stride, i + 1).CopyTo(_work.AsSpan(i * Stride));
        }

        Tridiagonalise();
        FormVectors();
        return Diagonalise();
    }

    // From the last row up: reflection i annihilates row i left of its last off-diagonal element.
    private void Tridiagonalise()
    {
        for (int i = _n - 1; i >= 1; i--)
        {
            Span<double> u = _work.AsSpan(i * Stride, i);
            double norm = Math.Sqrt(VectorKernels.Dot(u[..(i - 1)], u));
            double last = u[i - 1];
            if (norm == 0)
            {
                _offDiagonal[i] = last;
                _inverseNorms[i] = 0;
                continue;
            }

            double length = double.Hypot(norm, last);
            double alpha = last > 0 ? -length : length;
            _offDiagonal[i] = alpha;
            u[i - 1] = last - alpha;
            double beta = 2 / ((norm * norm) + (u[i - 1] * u[i - 1]));
            _inverseNorms[i] = beta;
            Span<double> p = _product.AsSpan(0, i);
            Multiply(i, u, p);
            double half = beta * beta * VectorKernels.Dot(u, p) / 2;
            for (int k = 0; k < i; k++)
            {
                p[k] = (beta * p[k]) - (half * u[k]);
            }

            for (int row = 0; row < i; row++)
            {
                Subtract(_work.AsSpan(row * Stride, row + 1), u, u[row], p, p[row]);
            }
        }

        for (int i = 0; i < _n; i++)
        {
            Values[i] = _work[(i * Stride) + i];
        }
    }

    // p = A u for the leading block of size m, of which only the lower triangle is there.
    private void Multiply(int m, ReadOnlySpan<double> u, Span<double> p)
    {
        p.Clear();
        for (int row = 0; row < m; row++)
        {
            ref double a = ref _work[row * Stride];
            ref double x = ref MemoryMarshal.GetReference(u);
            ref double y = ref MemoryMarshal.GetReference(p);
            double scale = u[row];
            Vector512<double> scales = Vector512.Create(scale);
            Vector512<double> sums = default;
            nuint k = 0;
            nuint end = (nuint)row;
            for (; k + Lanes <= end; k += Lanes)
            {
                Vector512<double> element = Vector512.LoadUnsafe(ref a, k);
                sums = Vector512.FusedMultiplyAdd(element, Vector512.LoadUnsafe(ref x, k), sums);
                Vector512.FusedMultiplyAdd(element, scales, Vector512.LoadUnsafe(ref y, k)).StoreUnsafe(ref y, k);
            }

            double sum = Vector512.Sum(sums);
            for (; k < end; k++)
            {
                double element = Unsafe.Add(ref a, k);
                sum = Math.FusedMultiplyAdd(element, Unsafe.Add(ref x, k), sum);
                Unsafe.Add(ref y, k) = Math.FusedMultiplyAdd(element, scale, Unsafe.Add(ref y, k));
            }

            p[row] += Math.FusedMultiplyAdd(Unsafe.Add(ref a, row), scale, sum);
        }
    }

    // row ← row − wRow · u − uRow · w
    private static void Subtract(Span<double> row, ReadOnlySpan<double> u, double uRow, ReadOnlySpan<double> w, double wRow)
    {
        ref double a = ref MemoryMarshal.GetReference(row);
        ref double x = ref MemoryMarshal.GetReference(u);
        ref double y = ref MemoryMarshal.GetReference(w);
        Vector512<double> minusW = Vector512.Create(-wRow);
        Vector512<double> minusU = Vector512.Create(-uRow);
        nuint k = 0;
        nuint end = (nuint)row.Length;
        for (; k + Lanes <= end; k += Lanes)
        {
            Vector512<double> element = Vector512.FusedMultiplyAdd(minusW, Vector512.LoadUnsafe(ref x, k), Vector512.LoadUnsafe(ref a, k));
            Vector512.FusedMultiplyAdd(minusU, Vector512.LoadUnsafe(ref y, k), element).StoreUnsafe(ref a, k);
        }

        for (; k < end; k++)
        {
            double element = Math.FusedMultiplyAdd(-wRow, Unsafe.Add(ref x, k), Unsafe.Add(ref a, k));
            Unsafe.Add(ref a, k) = Math.FusedMultiplyAdd(-uRow, Unsafe.Add(ref y, k), element);
        }
    }

    // Qᵀ, row by row: reflection i changes the leading i × i block only.
    private void FormVectors()
    {
        Array.Clear(Vectors);
        for (int i = 0; i < _n; i++)
        {
            Vectors[(i * Stride) + i] = 1;
        }

        for (int i = 1; i < _n; i++)
        {
            if (_inverseNorms[i] == 0)
            {
                continue;
            }

            ReadOnlySpan<double> u = _work.AsSpan(i * Stride, i);
            for (int row = 0; row < i; row++)
            {
                Span<double> q = Vectors.AsSpan(row * Stride, i);
                VectorKernels.AddScaled(-_inverseNorms[i] * VectorKernels.Dot(u, q), u, q);
            }
        }
    }

    // Implicit QL with Wilkinson's shift; the rotations of one sweep are applied to the vectors together.
    private bool Diagonalise()
    {
        double[] d = Values;
        double[] e = _offDiagonal;
        for (int i = 1; i < _n; i++)
        {
            e[i - 1] = e[i];
        }

        e[_n - 1] = 0;
        for (int l = 0; l < _n; l++)
        {
            for (int sweep = 0; ; sweep++)
            {
                int m = l;
                while (m < _n - 1 && !(Math.Abs(e[m]) <= UnitRoundoff * (Math.Abs(d[m]) + Math.Abs(d[m + 1]))))
                {
                    m++;
                }

                if (m == l)
                {
                    break;
                }

                if (sweep == MaximalSweeps)
                {
                    return false;
                }

                double g = (d[l + 1] - d[l]) / (2 * e[l]);
                double r = Math.Sqrt((g * g) + 1);
                g = d[m] - d[l] + (e[l] / (g + Math.CopySign(r, g)));
                double s = 1;
                double c = 1;
                double p = 0;
                int i;
                for (i = m - 1; i >= l; i--)
                {
                    double f = s * e[i];
                    double b = c * e[i];
                    r = Math.Sqrt((f * f) + (g * g));
                    e[i + 1] = r;
                    if (r == 0)
                    {
                        d[i + 1] -= p;
                        e[m] = 0;
                        break;
                    }

                    s = f / r;
                    c = g / r;
                    g = d[i + 1] - p;
                    r = ((d[i] - g) * s) + (2 * c * b);
                    p = s * r;
                    d[i + 1] = g + p;
                    g = (c * r) - b;
                    _sines[i] = s;
                    _cosines[i] = c;
                }

                Rotate(i + 1, m);
                if (r == 0 && i >= l)
                {
                    continue;
                }

                d[l] -= p;
                e[l] = g;
                e[m] = 0;
            }
        }

        return true;
    }

    // Rotations high − 1 … low, each of rows i and i + 1; the row that two of them share stays in registers.
    private void Rotate(int low, int high)
    {
        if (low >= high)
        {
            return;
        }

        int column = 0;
        for (; column + (2 * Lanes) <= Stride; column += 2 * Lanes)
        {
            ref double row = ref Vectors[(high * Stride) + column];
            Vector512<double> carry0 = Vector512.LoadUnsafe(ref row);
            Vector512<double> carry1 = Vector512.LoadUnsafe(ref row, Lanes);
            for (int i = high - 1; i >= low; i--)
            {
                ref double above = ref Unsafe.Subtract(ref row, Stride);
                Vector512<double> s = Vector512.Create(_sines[i]);
                Vector512<double> c = Vector512.Create(_cosines[i]);
                Vector512<double> x0 = Vector512.LoadUnsafe(ref above);
                Vector512<double> x1 = Vector512.LoadUnsafe(ref above, Lanes);
                Vector512.FusedMultiplyAdd(s, x0, c * carry0).StoreUnsafe(ref row);
                Vector512.FusedMultiplyAdd(s, x1, c * carry1).StoreUnsafe(ref row, Lanes);
                carry0 = Vector512.FusedMultiplyAdd(c, x0, -(s * carry0));
                carry1 = Vector512.FusedMultiplyAdd(c, x1, -(s * carry1));
                row = ref above;
            }

            carry0.StoreUnsafe(ref row);
            carry1.StoreUnsafe(ref row, Lanes);
        }

        if (column < Stride)
        {
            ref double row = ref Vectors[(high * Stride) + column];
            Vector512<double> carry = Vector512.LoadUnsafe(ref row);
            for (int i = high - 1; i >= low; i--)
            {
                ref double above = ref Unsafe.Subtract(ref row, Stride);
                Vector512<double> s = Vector512.Create(_sines[i]);
                Vector512<double> c = Vector512.Create(_cosines[i]);
                Vector512<double> x = Vector512.LoadUnsafe(ref above);
                Vector512.FusedMultiplyAdd(s, x, c * carry).StoreUnsafe(ref row);
                carry = Vector512.FusedMultiplyAdd(c, x, -(s * carry));
                row = ref above;
            }

            carry.StoreUnsafe(ref row);
        }
    }
}
