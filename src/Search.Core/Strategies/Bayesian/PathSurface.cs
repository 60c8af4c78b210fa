using System.Numerics.Tensors;
using Search.LinearAlgebra;

namespace Search.Strategies.Bayesian;

/// <summary>
/// One function drawn from a Gaussian process's posterior, turned upside down: random Fourier features give a draw from the prior (Rahimi and
/// Recht 2007), corrected to pass through a draw of the data (Wilson et al. 2020, arXiv:2002.09309, eq. 13). It costs a point no more than the features do.
/// </summary>
internal sealed class PathSurface : Surface
{
    private const int Features = 512;

    private readonly GaussianProcess _process;
    private readonly double[] _frequencies; // Features × inputs
    private readonly double[] _phases;
    private readonly double[] _amplitudes;
    private readonly double[] _correction;

    /// <summary>Draws a function.</summary>
    /// <param name="process">The process; without pending points.</param>
    /// <param name="observed">The points that it knows.</param>
    /// <param name="rng">What is drawn from.</param>
    public PathSurface(GaussianProcess process, IReadOnlyList<double[]> observed, Rng rng)
    {
        _process = process;
        _frequencies = new double[Features * process.Inputs];
        _phases = new double[Features];
        _amplitudes = new double[Features];
        double amplitude = Math.Sqrt(2 * process.Hyperparameters.SignalVariance / Features);
        for (int f = 0; f < Features; f++)
        {
            double factor = process.Kernel.DrawFrequencyFactor(rng);
            for (int i = 0; i < process.Inputs; i++)
            {
                _frequencies[(f * process.Inputs) + i] = factor * rng.NextGaussian() / process.Lengthscale(i);
            }

            _phases[f] = 2 * Math.PI * rng.NextUniform();
            _amplitudes[f] = amplitude * rng.NextGaussian();
        }

        double noise = Math.Sqrt(process.Hyperparameters.NoiseVariance);
        _correction = [.. observed.Select(point => Prior(point, new double[Features]) + (noise * rng.NextGaussian()))];
        process.Correct(_correction);
    }

    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> inputs, Span<double> gradient)
    {
        double[] angles = new double[Features];
        double[] covariances = new double[_correction.Length];
        double[] slopes = new double[_correction.Length];
        double value = Prior(inputs, angles);
        _process.Relate(inputs, covariances, slopes);
        gradient.Clear();
        for (int f = 0; f < Features; f++)
        {
            VectorKernels.AddScaled(_amplitudes[f] * Math.Sin(angles[f]), _frequencies.AsSpan(f * inputs.Length, inputs.Length), gradient);
        }

        double[] ofPath = new double[inputs.Length];
        TensorPrimitives.Multiply(slopes, _correction, slopes);
        _process.AddInputDerivatives(inputs, slopes, ofPath);
        TensorPrimitives.Subtract(gradient, ofPath, gradient);
        return -(value + _process.Mean + VectorKernels.Dot(covariances, _correction));
    }

    /// <inheritdoc/>
    public override double[] Evaluate(IReadOnlyList<double[]> points)
    {
        double[] angles = new double[Features];
        double[] covariances = new double[_correction.Length];
        double[] slopes = new double[_correction.Length];
        double[] values = new double[points.Count];
        for (int p = 0; p < values.Length; p++)
        {
            _process.Relate(points[p], covariances, slopes);
            values[p] = -(Prior(points[p], angles) + _process.Mean + VectorKernels.Dot(covariances, _correction));
        }

        return values;
    }

    private double Prior(ReadOnlySpan<double> inputs, Span<double> angles)
    {
        for (int f = 0; f < Features; f++)
        {
            angles[f] = _phases[f] + VectorKernels.Dot(inputs, _frequencies.AsSpan(f * inputs.Length, inputs.Length));
        }

        double sum = 0;
        for (int f = 0; f < Features; f++)
        {
            sum += _amplitudes[f] * Math.Cos(angles[f]);
        }

        return sum;
    }
}
