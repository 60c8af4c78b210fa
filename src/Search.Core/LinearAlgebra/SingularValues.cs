using System.Numerics.Tensors;

namespace Search.LinearAlgebra;

/// <summary>
/// A = Σ σₖ·uₖvₖᵀ, by the eigenvectors of the inner products of A's rows or columns, whichever are fewer, and then by one-sided Jacobi
/// rotations (Demmel and Veselić 1992, doi:10.1137/0613074) of those few pairs that squaring A left less than orthogonal.
/// </summary>
internal sealed class SingularValues
{
    private const double Orthogonal = 1e-9; // cosines; what comes of them is float32
    private const double Nothing = 1e-12; // of the largest singular value: below is rounding
    private const int MaximalSweeps = 30; // three or four at most where rounding is all there is to mend

    private SingularValues(double[] values, Matrix left, Matrix right, Matrix? complete)
    {
        Values = values;
        Left = left;
        Right = right;
        CompleteLeft = complete;
    }

    /// <summary>σ, descending, those that are nothing but rounding left out.</summary>
    public double[] Values { get; }

    /// <summary>Row k is uₖ.</summary>
    public Matrix Left { get; }

    /// <summary>Row k is vₖ.</summary>
    public Matrix Right { get; }

    /// <summary>Where A is no higher than wide, a basis of all columns that begins with the uₖ.</summary>
    public Matrix? CompleteLeft { get; }

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="a">The matrix; finite.</param>
    public static SingularValues Of(Matrix a)
    {
        if (a.Rows > a.Columns)
        {
            SingularValues other = Of(a.Transposed());
            return new SingularValues(other.Values, other.Right, other.Left, null);
        }

        // A = WᵀB with W orthogonal and the rows of B, σₖvₖ, orthogonal too but for rounding.
        SymmetricEigen eigen = a.Gram().Eigen();
        var w = new Matrix(a.Rows, a.Rows);
        for (int i = 0; i < a.Rows; i++)
        {
            eigen.Vectors.AsSpan(i * eigen.Stride, a.Rows).CopyTo(w.Row(i));
        }

        Matrix b = w.Times(a);
        for (int sweep = 0; sweep < MaximalSweeps && Rotate(w, b); sweep++)
        {
        }

        double[] norms = [.. Enumerable.Range(0, b.Rows).Select(i => TensorPrimitives.Norm<double>(b.Row(i)))];
        int[] order = [.. Enumerable.Range(0, b.Rows).OrderByDescending(i => norms[i])];
        int rank = norms.Count(norm => norm > Nothing * norms[order[0]]);
        var complete = new Matrix(a.Rows, a.Rows);
        var right = new Matrix(rank, a.Columns);
        for (int k = 0; k < a.Rows; k++)
        {
            w.Row(order[k]).CopyTo(complete.Row(k));
            if (k < rank)
            {
                TensorPrimitives.Divide(b.Row(order[k]), norms[order[k]], right.Row(k));
            }
        }

        return new SingularValues([.. order.Take(rank).Select(i => norms[i])], complete.First(rank), right, complete);
    }

    /// <summary>The rows of a matrix made orthonormal by the least change: the polar factor UVᵀ of its UΣVᵀ, over what is not nothing.</summary>
    /// <param name="rows">The matrix, no higher than wide but for dependent rows.</param>
    public static Matrix Orthonormal(Matrix rows)
    {
        SymmetricEigen eigen = rows.Gram().Eigen(); // (RRᵀ)^(−½)·R
        double largest = eigen.Values.Max();
        var vectors = new Matrix(rows.Rows, rows.Rows);
        for (int i = 0; i < rows.Rows; i++)
        {
            eigen.Vectors.AsSpan(i * eigen.Stride, rows.Rows).CopyTo(vectors.Row(i));
        }

        Matrix scaled = vectors.First(rows.Rows);
        scaled.ScaleRows([.. eigen.Values.Select(value => value > Nothing * largest ? 1 / Math.Sqrt(value) : 0)]);
        return vectors.Transposed().Times(scaled).Times(rows);
    }

    // One sweep; whether there was anything to do.
    private static bool Rotate(Matrix w, Matrix b)
    {
        Matrix products = b.Gram();
        double Of(int i, int j) => products.Elements[(i * b.Rows) + j];
        double nothing = Enumerable.Range(0, b.Rows).Max(i => Of(i, i)) * Nothing * Nothing;
        bool any = false;
        for (int p = 0; p < b.Rows; p++)
        {
            for (int q = 0; q < p && Of(p, p) > nothing; q++)
            {
                if (Of(q, q) > nothing && Math.Abs(Of(p, q)) > Orthogonal * Math.Sqrt(Of(p, p)) * Math.Sqrt(Of(q, q)))
                {
                    any |= Rotate(w, b, p, q);
                }
            }
        }

        return any;
    }

    private static bool Rotate(Matrix w, Matrix b, int p, int q)
    {
        // As rows were before this sweep they may have changed in it.
        double alpha = VectorKernels.Dot(b.Row(p), b.Row(p));
        double beta = VectorKernels.Dot(b.Row(q), b.Row(q));
        double gamma = VectorKernels.Dot(b.Row(p), b.Row(q));
        if (!(Math.Abs(gamma) > Orthogonal * Math.Sqrt(alpha) * Math.Sqrt(beta)))
        {
            return false;
        }

        double zeta = (beta - alpha) / (2 * gamma);
        double tangent = Math.CopySign(1 / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta))), zeta);
        double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
        Rotate(b.Row(p), b.Row(q), cosine, cosine * tangent);
        Rotate(w.Row(p), w.Row(q), cosine, cosine * tangent);
        return true;
    }

    private static void Rotate(Span<double> p, Span<double> q, double cosine, double sine)
    {
        for (int i = 0; i < p.Length; i++)
        {
            (p[i], q[i]) = ((cosine * p[i]) - (sine * q[i]), (sine * p[i]) + (cosine * q[i]));
        }
    }
}
