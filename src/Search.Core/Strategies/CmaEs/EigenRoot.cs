using Search.LinearAlgebra;

namespace Search.Strategies.CmaEs;

/// <summary>The symmetric root B D Bᵀ, through an eigendecomposition C = B D² Bᵀ: it turns z as little as a root can, so that each zⱼ still belongs to coordinate j.</summary>
/// <param name="n">Rows and columns.</param>
internal sealed class EigenRoot(int n) : ICovarianceRoot
{
    private readonly SymmetricEigen _eigen = new(n);
    private readonly double[] _root = Identity(n);
    private readonly double[] _lengths = [.. Enumerable.Repeat(1.0, n)]; // D
    private readonly double[] _product = new double[(n + 7) / 8 * 8];
    private readonly double[] _axes = Identity(n); // Bᵀ

    /// <inheritdoc/>
    public double ConditionNumber { get; private set; } = 1;

    /// <summary>The eigenvalues' logarithm, summed: ln det C.</summary>
    public double LogDeterminant { get; private set; }

    /// <inheritdoc/>
    public bool TryUpdate(ReadOnlySpan<double> covariance)
    {
        if (!_eigen.TryDecompose(covariance))
        {
            return false;
        }

        (double least, double greatest, double logarithms) = (double.PositiveInfinity, 0, 0);
        foreach (double value in _eigen.Values)
        {
            least = Math.Min(least, value);
            greatest = Math.Max(greatest, value);
            logarithms += Math.Log(value);
        }

        if (!(least > 0) || !double.IsFinite(greatest))
        {
            return false;
        }

        ConditionNumber = greatest / least;
        LogDeterminant = logarithms;
        for (int j = 0; j < n; j++)
        {
            _lengths[j] = Math.Sqrt(_eigen.Values[j]);
        }

        _eigen.Vectors.CopyTo(_axes, 0);
        int stride = _eigen.Stride;
        MatrixKernels.AddOuterProducts(_root, stride, n, 0, _axes, _lengths);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                _root[(j * stride) + i] = _root[(i * stride) + j];
            }

            _root.AsSpan((i * stride) + n, stride - n).Clear();
        }

        return true;
    }

    /// <inheritdoc/>
    public void Multiply(ReadOnlySpan<double> normals, int count, Span<double> steps) =>
        MatrixKernels.MultiplyTransposed(normals, count, _root, n, n, _eigen.Stride, steps);

    /// <inheritdoc/>
    public void Solve(Span<double> step)
    {
        for (int j = 0; j < n; j++)
        {
            _product[j] = VectorKernels.Dot(_axes.AsSpan(j * _eigen.Stride, n), step) / _lengths[j];
        }

        step.Clear();
        for (int j = 0; j < n; j++)
        {
            VectorKernels.AddScaled(_product[j], _axes.AsSpan(j * _eigen.Stride, n), step);
        }
    }

    /// <inheritdoc/>
    public void Axis(int number, Span<double> axis)
    {
        axis.Clear();
        VectorKernels.AddScaled(_lengths[number], _axes.AsSpan(number * _eigen.Stride, n), axis);
    }

    private static double[] Identity(int n)
    {
        int stride = (n + 7) / 8 * 8;
        double[] identity = new double[n * stride];
        for (int i = 0; i < n; i++)
        {
            identity[(i * stride) + i] = 1;
        }

        return identity;
    }
}
