using Search.LinearAlgebra;

namespace Search.Strategies.CmaEs;

/// <summary>The lower Cholesky factor (Krause, Arbonès and Igel 2016): thirty times cheaper than eigenvectors, and as good while nobody asks for axes.</summary>
internal sealed class CholeskyRoot : ICovarianceRoot
{
    private const int PowerSteps = 4; // continued from the last decomposition's vectors, so that the estimate follows C
    private readonly int _n;
    private readonly int _stride;
    private readonly double[] _largest;
    private readonly double[] _smallest;
    private double[] _root;
    private double[] _spare;

    /// <summary>Starts with the identity.</summary>
    /// <param name="n">Rows and columns.</param>
    public CholeskyRoot(int n)
    {
        _n = n;
        _stride = (n + 7) / 8 * 8;
        _root = new double[n * _stride];
        _spare = new double[n * _stride];
        _largest = new double[_stride];
        _smallest = new double[_stride];
        var rng = new Rng(0, 0, n);
        rng.FillGaussian(_largest.AsSpan(0, n));
        rng.FillGaussian(_smallest.AsSpan(0, n));
        for (int i = 0; i < n; i++)
        {
            _root[(i * _stride) + i] = 1;
        }
    }

    /// <inheritdoc/>
    public double ConditionNumber { get; private set; } = 1;

    /// <inheritdoc/>
    public bool TryUpdate(ReadOnlySpan<double> covariance)
    {
        for (int i = 0; i < _n; i++)
        {
            covariance.Slice(i * _stride, i + 1).CopyTo(_spare.AsSpan(i * _stride));
        }

        if (!Cholesky.TryFactorRows(_spare, _stride, 0, _n))
        {
            return false;
        }

        (_root, _spare) = (_spare, _root);
        double greatest = 1;
        double least = 1;
        for (int step = 0; step < PowerSteps; step++)
        {
            Normalise(_largest);
            MultiplyTransposedRoot(_largest);
            greatest = VectorKernels.Dot(_largest, _largest); // the Rayleigh quotient ‖Lᵀ v‖²
            MultiplyRoot(_largest);
            Normalise(_smallest);
            Solve(_smallest);
            least = 1 / VectorKernels.Dot(_smallest, _smallest); // 1 / ‖L⁻¹ v‖²
            SolveTransposed(_smallest);
        }

        ConditionNumber = Math.Max(1, greatest / least);
        return true;
    }

    /// <inheritdoc/>
    public void Multiply(ReadOnlySpan<double> normals, int count, Span<double> steps) =>
        MatrixKernels.MultiplyTransposed(normals, count, _root, _n, _n, _stride, steps, lower: true);

    /// <inheritdoc/>
    public void Solve(Span<double> step)
    {
        for (int i = 0; i < _n; i++)
        {
            step[i] = (step[i] - VectorKernels.Dot(_root.AsSpan(i * _stride, i), step)) / _root[(i * _stride) + i];
        }
    }

    /// <inheritdoc/>
    public void Axis(int number, Span<double> axis)
    {
        for (int i = 0; i < _n; i++)
        {
            axis[i] = i < number ? 0 : _root[(i * _stride) + number];
        }
    }

    private static void Normalise(double[] vector)
    {
        double scale = 1 / Math.Sqrt(VectorKernels.Dot(vector, vector));
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] *= scale;
        }
    }

    private void MultiplyRoot(Span<double> vector)
    {
        for (int i = _n - 1; i >= 0; i--)
        {
            vector[i] = VectorKernels.Dot(_root.AsSpan(i * _stride, i + 1), vector);
        }
    }

    private void MultiplyTransposedRoot(Span<double> vector)
    {
        for (int i = 0; i < _n; i++)
        {
            double value = vector[i];
            vector[i] = 0;
            VectorKernels.AddScaled(value, _root.AsSpan(i * _stride, i + 1), vector);
        }
    }

    private void SolveTransposed(Span<double> vector)
    {
        for (int i = _n - 1; i >= 0; i--)
        {
            vector[i] /= _root[(i * _stride) + i];
            VectorKernels.AddScaled(-vector[i], _root.AsSpan(i * _stride, i), vector);
        }
    }
}
