using System.Numerics.Tensors;

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
    private readonly double[] _factor;
    private readonly double[] _scratch;
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
        _factor = new double[n * n];
        _scratch = new double[n * n];
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

        double[] point = new double[scaled.Length];
        for (int j = 0; j < n; j++)
        {
            Column(scaled, j, point);
            GaussianProcess.Relate(_kernel, hyper.SignalVariance, scaled, point, _covariance.AsSpan(j * n, j + 1), _slopes.AsSpan(j * n, j + 1));
            _covariance.AsSpan(j * n, j + 1).CopyTo(_factor.AsSpan(j * n));
            _factor[(j * n) + j] += hyper.NoiseVariance + (Jitter * hyper.SignalVariance);
        }

        if (!Triangular.TryFactor(_factor, n))
        {
            return double.PositiveInfinity;
        }

        double[] ones = new double[n];
        Array.Fill(ones, 1);
        Triangular.SolveLower(_factor, n, ones);
        double[] weights = [.. _values];
        Triangular.SolveLower(_factor, n, weights);
        double mean = TensorPrimitives.Dot<double>(ones, weights) / TensorPrimitives.SumOfSquares<double>(ones);
        TensorPrimitives.MultiplyAdd(ones, -mean, weights, weights);
        double likelihood = (TensorPrimitives.SumOfSquares<double>(weights) / 2) + (n / 2.0 * Math.Log(2 * Math.PI));
        for (int j = 0; j < n; j++)
        {
            likelihood += Math.Log(_factor[(j * n) + j]);
        }

        Triangular.SolveUpper(_factor, n, weights);
        double penalty = _prior.Penalty(logarithms, gradient);
        AddGradient(hyper, scaled, weights, gradient);
        return likelihood + penalty;
    }

    // ½ tr((K⁻¹ − ααᵀ) ∂K/∂θ), eq. 5.9; the matrices are symmetric, so that off-diagonal entries count twice.
    private void AddGradient(Hyperparameters hyper, double[][] scaled, double[] weights, Span<double> gradient)
    {
        int n = weights.Length;
        int groups = gradient.Length - 2;
        Triangular.Invert(_factor, n, _scratch, _inverse);
        double[] products = new double[n];
        double[] differences = new double[n];
        double ofSignal = 0;
        double ofNoise = 0;
        for (int j = 0; j < n; j++)
        {
            Span<double> row = products.AsSpan(0, j + 1);
            TensorPrimitives.Multiply(weights.AsSpan(0, j + 1), -weights[j], row);
            TensorPrimitives.Add(row, _inverse.AsSpan(j * n, j + 1), row);
            double diagonal = row[j] / 2;
            ofNoise += diagonal;
            ofSignal += (TensorPrimitives.Dot(row[..j], _covariance.AsSpan(j * n, j)) / hyper.SignalVariance) + diagonal + (Jitter * diagonal);
            TensorPrimitives.Multiply(row[..j], _slopes.AsSpan(j * n, j), row[..j]);
            for (int i = 0; i < scaled.Length; i++)
            {
                // ∂k/∂ln ℓ = −2 Δ²/ℓ² · dk/d(r²)
                Span<double> difference = differences.AsSpan(0, j);
                TensorPrimitives.Subtract(scaled[i].AsSpan(0, j), scaled[i][j], difference);
                TensorPrimitives.Multiply(difference, difference, difference);
                gradient[_groups[i]] -= 2 * TensorPrimitives.Dot<double>(row[..j], difference);
            }
        }

        gradient[groups] = _prior.LearnsSignalVariance ? gradient[groups] + (ofSignal * hyper.SignalVariance) : 0;
        gradient[groups + 1] += ofNoise * hyper.NoiseVariance;
    }

    private static void Column(double[][] scaled, int j, Span<double> point)
    {
        for (int i = 0; i < point.Length; i++)
        {
            point[i] = scaled[i][j];
        }
    }
}
