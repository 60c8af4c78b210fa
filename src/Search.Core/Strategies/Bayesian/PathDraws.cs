using System.Numerics.Tensors;
using Search.LinearAlgebra;

namespace Search.Strategies.Bayesian;

/// <summary>
/// Functions drawn from a Gaussian process's posterior: random Fourier features give draws from the prior (Rahimi and Recht 2007), corrected to pass
/// through draws of the data (Wilson et al. 2020, arXiv:2002.09309, eq. 13). All share their features, so that a point costs little more for many than for one.
/// </summary>
internal sealed class PathDraws
{
    private const int Features = 512;

    private readonly GaussianProcess _process;
    private readonly double[][] _frequencies; // by input
    private readonly double[] _phases;
    private readonly double[][] _amplitudes; // by draw
    private readonly double[][] _corrections; // by draw

    /// <summary>Draws functions.</summary>
    /// <param name="process">The process; without pending points.</param>
    /// <param name="observed">The points that it knows.</param>
    /// <param name="count">How many functions.</param>
    /// <param name="rng">What is drawn from.</param>
    public PathDraws(GaussianProcess process, IReadOnlyList<double[]> observed, int count, Rng rng)
    {
        _process = process;
        _frequencies = [.. Enumerable.Range(0, process.Inputs).Select(_ => new double[Features])];
        _phases = new double[Features];
        _amplitudes = [.. Enumerable.Range(0, count).Select(_ => new double[Features])];
        double amplitude = Math.Sqrt(2 * process.Hyperparameters.SignalVariance / Features);
        for (int f = 0; f < Features; f++)
        {
            double factor = process.Kernel.DrawFrequencyFactor(rng);
            for (int i = 0; i < process.Inputs; i++)
            {
                _frequencies[i][f] = factor * rng.NextGaussian() / process.Lengthscale(i);
            }

            _phases[f] = 2 * Math.PI * rng.NextUniform();
            foreach (double[] amplitudes in _amplitudes)
            {
                amplitudes[f] = amplitude * rng.NextGaussian();
            }
        }

        double noise = Math.Sqrt(process.Hyperparameters.NoiseVariance);
        _corrections = [.. _amplitudes.Select(_ => new double[observed.Count])];
        double[] values = new double[count];
        for (int i = 0; i < observed.Count; i++)
        {
            Prior(observed[i], new double[Features], values);
            for (int s = 0; s < count; s++)
            {
                _corrections[s][i] = values[s] + (noise * rng.NextGaussian());
            }
        }

        foreach (double[] correction in _corrections)
        {
            process.Correct(correction);
        }
    }

    /// <summary>Evaluates the functions.</summary>
    /// <param name="inputs">Where.</param>
    /// <param name="values">Receives a value a function.</param>
    /// <returns>What their derivatives need.</returns>
    public (double[] Angles, double[] Slopes) Evaluate(ReadOnlySpan<double> inputs, Span<double> values)
    {
        double[] angles = new double[Features];
        double[] covariances = new double[_corrections[0].Length];
        double[] slopes = new double[covariances.Length];
        Prior(inputs, angles, values);
        _process.Relate(inputs, covariances, slopes);
        for (int s = 0; s < values.Length; s++)
        {
            values[s] += _process.Mean + VectorKernels.Dot(covariances, _corrections[s]);
        }

        return (angles, slopes);
    }

    /// <summary>Adds the derivatives of a weighted sum of the functions.</summary>
    /// <param name="inputs">Where they were evaluated.</param>
    /// <param name="place">What the evaluation returned.</param>
    /// <param name="shares">A factor a function.</param>
    /// <param name="gradient">What is added to.</param>
    public void AddGradient(ReadOnlySpan<double> inputs, (double[] Angles, double[] Slopes) place, ReadOnlySpan<double> shares, Span<double> gradient)
    {
        double[] amplitudes = new double[Features];
        double[] corrections = new double[place.Slopes.Length];
        for (int s = 0; s < shares.Length; s++)
        {
            VectorKernels.AddScaled(shares[s], _amplitudes[s], amplitudes);
            VectorKernels.AddScaled(shares[s], _corrections[s], corrections);
        }

        double[] sines = Array.ConvertAll(place.Angles, Math.Sin);
        TensorPrimitives.Multiply(sines, amplitudes, sines);
        for (int i = 0; i < inputs.Length; i++)
        {
            gradient[i] -= VectorKernels.Dot(sines, _frequencies[i]);
        }

        TensorPrimitives.Multiply(corrections, place.Slopes, corrections);
        _process.AddInputDerivatives(inputs, corrections, gradient);
    }

    private void Prior(ReadOnlySpan<double> inputs, Span<double> angles, Span<double> values)
    {
        _phases.CopyTo(angles);
        for (int i = 0; i < inputs.Length; i++)
        {
            VectorKernels.AddScaled(inputs[i], _frequencies[i], angles);
        }

        // Not TensorPrimitives.Cos, whose last bits differ from process to process.
        double[] cosines = new double[Features];
        for (int f = 0; f < Features; f++)
        {
            cosines[f] = Math.Cos(angles[f]);
        }

        for (int s = 0; s < values.Length; s++)
        {
            values[s] = VectorKernels.Dot(_amplitudes[s], cosines);
        }
    }
}
