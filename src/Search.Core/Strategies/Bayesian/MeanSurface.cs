using System.Numerics.Tensors;

namespace Search.Strategies.Bayesian;

/// <summary>The posterior mean turned upside down: its summit is where the objective is believed to be least.</summary>
internal sealed class MeanSurface(GaussianProcess process) : Surface
{
    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> inputs, Span<double> gradient)
    {
        double[] mean = new double[1];
        Prediction prediction = process.Predict(inputs, mean);
        process.Differentiate(inputs, prediction, [-1], gradient, new double[inputs.Length]);
        return -mean[0];
    }

    /// <inheritdoc/>
    public override double[] Evaluate(IReadOnlyList<double[]> points)
    {
        double[][] means = [new double[points.Count]];
        process.Predict(points, means, new double[points.Count]);
        TensorPrimitives.Negate(means[0], means[0]);
        return means[0];
    }
}
