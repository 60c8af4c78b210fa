using System.Numerics.Tensors;

namespace Search.Strategies.Bayesian;

/// <summary>The squared exponential covariance exp(−r²/2) (Rasmussen and Williams 2006, eq. 4.9), for very smooth objectives.</summary>
internal sealed class SquaredExponentialKernel : Kernel
{
    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> squaredDistances, Span<double> values, Span<double> slopes)
    {
        TensorPrimitives.Multiply(squaredDistances, -0.5, values);
        TensorPrimitives.Exp<double>(values, values);
        TensorPrimitives.Multiply(values, -0.5, slopes);
    }

    /// <inheritdoc/>
    public override double DrawFrequencyFactor(Rng rng) => 1;
}
