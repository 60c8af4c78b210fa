namespace Search.Strategies.CmaEs;

/// <summary>A square root A of a covariance matrix C = A Aᵀ. Matrices are row-major with rows a multiple of 8 numbers apart, zero beyond column n.</summary>
internal interface ICovarianceRoot
{
    /// <summary>The condition number of C.</summary>
    double ConditionNumber { get; }

    /// <summary>Takes the root of another matrix.</summary>
    /// <param name="covariance">The lower triangle of C.</param>
    /// <returns>Whether C is positive definite; if not, the root stays as it was or the identity.</returns>
    bool TryUpdate(ReadOnlySpan<double> covariance);

    /// <summary>y = A z for many z.</summary>
    /// <param name="normals">A z a row.</param>
    /// <param name="count">How many.</param>
    /// <param name="steps">Receives a y a row.</param>
    void Multiply(ReadOnlySpan<double> normals, int count, Span<double> steps);

    /// <summary>Replaces y by z = A⁻¹ y.</summary>
    void Solve(Span<double> step);

    /// <summary>Writes one of n directions, whose outer products with themselves sum to C.</summary>
    void Axis(int number, Span<double> axis);
}
