using System.Numerics.Tensors;

namespace Search.Strategies.Bayesian;

/// <summary>An acquisition function over a Gaussian process, averaged over the outcomes of pending points (Snoek et al. 2012, arXiv:1206.2944, eq. 8).</summary>
internal sealed class AcquisitionSurface : Surface
{
    private readonly GaussianProcess _process;
    private readonly AcquisitionFunction _function;
    private readonly double[] _incumbents; // under each outcome

    /// <summary>Finds the incumbents: under each outcome the least mean of the known points.</summary>
    /// <param name="process">The process.</param>
    /// <param name="function">The acquisition function.</param>
    /// <param name="known">The points that were observed or are pending; at least one.</param>
    public AcquisitionSurface(GaussianProcess process, AcquisitionFunction function, IReadOnlyList<double[]> known)
    {
        (_process, _function) = (process, function);
        double[][] means = [.. Enumerable.Range(0, process.Outcomes).Select(_ => new double[known.Count])];
        process.Predict(known, means, new double[known.Count]);
        _incumbents = [.. means.Select(row => row.Min())];
    }

    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> inputs, Span<double> gradient)
    {
        double[] means = new double[_incumbents.Length];
        Prediction prediction = _process.Predict(inputs, means);
        double deviation = Math.Sqrt(prediction.Variance);
        double[] ofMeans = new double[means.Length];
        double value = Average(means, deviation, ofMeans, out double ofDeviation);
        double[] ofVariance = new double[inputs.Length];
        _process.Differentiate(inputs, prediction, ofMeans, gradient, ofVariance);
        TensorPrimitives.MultiplyAdd(ofVariance, ofDeviation / (2 * deviation), gradient, gradient);
        return value;
    }

    /// <inheritdoc/>
    public override double[] Evaluate(IReadOnlyList<double[]> points)
    {
        double[][] means = [.. _incumbents.Select(_ => new double[points.Count])];
        double[] variances = new double[points.Count];
        _process.Predict(points, means, variances);
        double[] values = new double[points.Count];
        double[] here = new double[means.Length];
        double[] ofMeans = new double[means.Length];
        for (int p = 0; p < values.Length; p++)
        {
            for (int s = 0; s < here.Length; s++)
            {
                here[s] = means[s][p];
            }

            values[p] = Average(here, Math.Sqrt(variances[p]), ofMeans, out _);
        }

        return values;
    }

    // The mean over outcomes and its derivatives; of logarithms, the logarithm of the mean.
    private double Average(double[] means, double deviation, double[] ofMeans, out double ofDeviation)
    {
        double[] values = new double[means.Length];
        double[] ofDeviations = new double[means.Length];
        for (int s = 0; s < means.Length; s++)
        {
            values[s] = _function.Evaluate(means[s], deviation, _incumbents[s], out ofMeans[s], out ofDeviations[s]);
        }

        double highest = values.Max();
        double[] shares = new double[means.Length];
        double total = 0;
        for (int s = 0; s < means.Length; s++)
        {
            shares[s] = _function.IsLogarithm ? Math.Exp(values[s] - highest) : 1;
            total += shares[s];
        }

        double average = _function.IsLogarithm ? highest + Math.Log(total / means.Length) : values.Average();
        ofDeviation = 0;
        for (int s = 0; s < means.Length; s++)
        {
            ofMeans[s] *= shares[s] / total;
            ofDeviation += shares[s] / total * ofDeviations[s];
        }

        return average;
    }
}
