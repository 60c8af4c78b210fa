using Search.LinearAlgebra;

namespace Search.Merging.Operators;

/// <summary>What operators on matrices have in common.</summary>
internal static class MatrixPreparation
{
    /// <summary>Makes one vector of all: of tensors with two axes by a function of their matrices, of others the mean.</summary>
    /// <param name="vectors">The task vectors.</param>
    /// <param name="make">Makes a matrix of one an expert.</param>
    public static TaskVectors OfMatrices(TaskVectors vectors, Func<Matrix[], Matrix> make) => Preparation.Reduced(vectors, (tensor, taus) =>
    {
        IReadOnlyList<long> shape = vectors.Layout.Tensors[tensor].Shape;
        return shape.Count != 2 || taus[0].Length == 0
            ? Preparation.Average(taus)
            : make([.. taus.Select(tau => Matrix.Of(tau, checked((int)shape[0])))]).ToFloats();
    });

    /// <summary>Puts a matrix together again, Σ σₖ·uₖvₖᵀ, once the uₖ are made orthonormal by the least change, and the vₖ too.</summary>
    /// <param name="left">The uₖ as rows, part by part.</param>
    /// <param name="right">The vₖ.</param>
    /// <param name="values">The σₖ.</param>
    public static Matrix Assemble(IReadOnlyList<Matrix> left, IReadOnlyList<Matrix> right, ReadOnlySpan<double> values)
    {
        if (values.Length == 0)
        {
            return new Matrix(left[0].Columns, right[0].Columns);
        }

        Matrix scaled = SingularValues.Orthonormal(Matrix.Stack(right));
        scaled.ScaleRows(values);
        return SingularValues.Orthonormal(Matrix.Stack(left)).Transposed().Times(scaled);
    }
}
