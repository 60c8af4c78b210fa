using System.Numerics.Tensors;
using Search.LinearAlgebra;

namespace Search.Strategies.Bayesian;

/// <summary>
/// −ln of the posterior density of a Gaussian process's numbers (Rasmussen and Williams 2006, eq. 5.8 and 5.9, plus the prior), for a
/// prior mean that is the generalised least squares estimate: being optimal, it adds nothing to the gradient.
/// </summary>
internal sealed class MarginalLikelihood
{
    private const double Jitter = 1e-10; // keeps the search away from matrices that only rounding makes positive definite

    private readonly Kernel _kernel;
    private readonly HyperPrior _prior;
    private readonly IReadOnlyList<int> _groups;
    private readonly double[][] _inputs; // for each input, a number a point
    private readonly double[] _values;
    private readonly double[] _covariance;
    private readonly double[] _slopes;
    private readonly Cholesky _factor = new();
    private readonly double[] _columns; // of L⁻¹, one a row
    private readonly double[] _inverse;

    /// <summary>Takes the data.</summary>
    /// <param name="kernel">The covariance function.</param>
    /// <param name="prior">The prior.</param>
    /// <param name="groups">For every input, the index of its lengthscale.</param>
    /// <param name="points">The inputs.</param>
    /// <param name="values">The outcomes, standardised.</param>
    public MarginalLikelihood(Kernel kernel, HyperPrior prior, IReadOnlyList<int> groups, IReadOnlyList<double[]> points, double[] values)
    {
        (_kernel, _prior, _groups, _values) = (kernel, prior, groups, values);
        _inputs = [.. Enumerable.Range(0, groups.Count).Select(i => (double[])[.. points.Select(point => point[i])])];
        int n = values.Length;
        _covariance = new double[n * n];
        _slopes = new double[n * n];
        _columns = new double[n * n];
        _inverse = new double[n * n];
    }

    /// <summary>Evaluates it.</summary>
    /// <param name="logarithms">ln ℓ of every lengthscale, ln s², ln σ².</param>
    /// <param name="gradient">Receives the derivatives; void when the result is not finite.</param>
    /// <returns>The value, or +∞ where the covariance matrix is not positive definite.</returns>
    public double Evaluate(ReadOnlySpan<double> logarithms, Span<double> gradient)
    {
        int n = _values.Length;
        var hyper = Hyperparameters.FromLogarithms(logarithms);
        double[][] scaled = [.. _inputs.Select(input => new double[n])];
        for (int i = 0; i < scaled.Length; i++)
        {
            TensorPrimitives.Divide(_inputs[i], hyper.Lengthscales[_groups[i]], scaled[i]);
        }

        FillCovariance(hyper, scaled);
        if (!_factor.TryFactor(_covariance, n))
        {
            return double.PositiveInfinity;
        }

        double[] ones = new double[n];
        Array.Fill(ones, 1);
        _factor.SolveLower(ones);
        double[] weights = [.. _values];
        _factor.SolveLower(weights);
        double mean = VectorKernels.Dot(ones, weights) / VectorKernels.Dot(ones, ones);
        VectorKernels.AddScaled(-mean, ones, weights);
        double likelihood = (VectorKernels.Dot(weights, weights) + _factor.LogDeterminant + (n * Math.Log(2 * Math.PI))) / 2;
        _factor.SolveUpper(weights);
        double penalty = _prior.Penalty(logarithms, gradient);
        AddGradient(hyper, scaled, weights, gradient);
        return likelihood + penalty;
    }

    private void FillCovariance(Hyperparameters hyper, double[][] scaled)
    {
        int n = _values.Length;
        double[] distances = new double[n];
        double[] differences = new double[n];
        for (int j = 0; j < n; j++)
        {
            Span<double> distance = distances.AsSpan(0, j + 1);
            distance.Clear();
            foreach (double[] input in scaled)
            {
                Span<double> difference = differences.AsSpan(0, j + 1);
                TensorPrimitives.Subtract(input.AsSpan(0, j + 1), input[j], difference);
                TensorPrimitives.MultiplyAdd(difference, difference, distance, distance);
            }

            Span<double> covariance = _covariance.AsSpan(j * n, j + 1);
            Span<double> slopes = _slopes.AsSpan(j * n, j + 1);
            _kernel.Evaluate(distance, covariance, slopes);
            TensorPrimitives.Multiply(covariance, hyper.SignalVariance, covariance);
            TensorPrimitives.Multiply(slopes, hyper.SignalVariance, slopes);
            covariance[j] += hyper.NoiseVariance + (Jitter * hyper.SignalVariance);
        }
    }

    // ½ tr((K⁻¹ − ααᵀ) ∂K/∂θ), eq. 5.9; the matrices are symmetric, so that off-diagonal entries count twice.
    private void AddGradient(Hyperparameters hyper, double[][] scaled, double[] weights, Span<double> gradient)
    {
        int n = weights.Length;
        int groups = gradient.Length - 2;
        Invert();
        double[] differences = new double[n];
        double ofSignal = 0;
        double ofNoise = 0;
        for (int j = 0; j < n; j++)
        {
            Span<double> row = _inverse.AsSpan(j * n, j + 1);
            VectorKernels.AddScaled(-weights[j], weights.AsSpan(0, j + 1), row);
            double diagonal = row[j] / 2;
            ofNoise += diagonal;
            ofSignal += VectorKernels.Dot(row[..j], _covariance.AsSpan(j * n, j)) + (diagonal * (1 + Jitter) * hyper.SignalVariance);
            TensorPrimitives.Multiply(row[..j], _slopes.AsSpan(j * n, j), row[..j]);
            for (int i = 0; i < scaled.Length; i++)
            {
                // ∂k/∂ln ℓ = −2 Δ²/ℓ² · dk/d(r²)
                Span<double> difference = differences.AsSpan(0, j);
                TensorPrimitives.Subtract(scaled[i].AsSpan(0, j), scaled[i][j], difference);
                TensorPrimitives.Multiply(difference, difference, difference);
                gradient[_groups[i]] -= 2 * VectorKernels.Dot(row[..j], difference);
            }
        }

        gradient[groups] = _prior.LearnsSignalVariance ? gradient[groups] + ofSignal : 0;
        gradient[groups + 1] += ofNoise * hyper.NoiseVariance;
    }

    // The lower half of K⁻¹ = L⁻ᵀ L⁻¹.
    private void Invert()
    {
        int n = _values.Length;
        for (int i = 0; i < n; i++)
        {
            Span<double> column = _columns.AsSpan(i * n, n);
            column[i] = 1 / _factor.Row(i)[i];
            for (int k = i + 1; k < n; k++)
            {
                ReadOnlySpan<double> row = _factor.Row(k);
                column[k] = -VectorKernels.Dot(row[i..k], column[i..k]) / row[k];
            }

            for (int j = 0; j <= i; j++)
            {
                _inverse[(i * n) + j] = VectorKernels.Dot(_columns.AsSpan((j * n) + i, n - i), column[i..]);
            }
        }
    }
}
