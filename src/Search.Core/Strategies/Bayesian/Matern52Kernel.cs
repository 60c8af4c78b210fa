using System.Numerics.Tensors;

namespace Search.Strategies.Bayesian;

/// <summary>The Matérn covariance with ν = 5/2 (Rasmussen and Williams 2006, eq. 4.17): sample paths have two derivatives.</summary>
internal sealed class Matern52Kernel : Kernel
{
    private const double Root5 = 2.2360679774997896964;

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> squaredDistances, Span<double> values, Span<double> slopes)
    {
        TensorPrimitives.Sqrt(squaredDistances, values);
        TensorPrimitives.Multiply(values, -Root5, values);
        TensorPrimitives.Exp<double>(values, slopes);
        for (int i = 0; i < squaredDistances.Length; i++)
        {
            double linear = 1 - values[i]; // 1 + √5 r
            double decay = slopes[i];
            values[i] = (linear + (5.0 / 3 * squaredDistances[i])) * decay;
            slopes[i] = -5.0 / 6 * linear * decay;
        }
    }

    /// <inheritdoc/>
    public override double DrawFrequencyFactor(Rng rng)
    {
        // The spectral density is a multivariate t with 2ν = 5 degrees of freedom (Rasmussen and Williams 2006, eq. 4.15).
        double chiSquared = 0;
        for (int i = 0; i < 5; i++)
        {
            double z = rng.NextGaussian();
            chiSquared += z * z;
        }

        return Math.Sqrt(5 / chiSquared);
    }
}
