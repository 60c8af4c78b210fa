using System.Numerics.Tensors;

namespace Search.Evaluation;

/// <summary>Distances between two models' values of one node for one example.</summary>
internal static class FeatureDistance
{
    // What keeps the cosine of a vector of zeros defined; below any norm that means something.
    private const double LeastNorm = 1e-8;

    /// <summary>Measures a distance.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="a">One model's values.</param>
    /// <param name="b">The other's, as many.</param>
    /// <returns>The mean |a − b|, the mean (a − b)², or 1 − cos(a, b).</returns>
    public static double Measure(ScoreKind kind, ReadOnlySpan<double> a, ReadOnlySpan<double> b) => kind switch
    {
        ScoreKind.FeatureL1 => SumOfMagnitudes(a, b) / a.Length,
        ScoreKind.FeatureL2 => Math.Pow(TensorPrimitives.Distance(a, b), 2) / a.Length,
        ScoreKind.FeatureCosine => 1 - (TensorPrimitives.Dot(a, b) / (Math.Max(LeastNorm, TensorPrimitives.Norm(a)) * Math.Max(LeastNorm, TensorPrimitives.Norm(b)))),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static double SumOfMagnitudes(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += Math.Abs(a[i] - b[i]);
        }

        return sum;
    }
}
