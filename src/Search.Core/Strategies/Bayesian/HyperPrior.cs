namespace Search.Strategies.Bayesian;

/// <summary>What is believed of a Gaussian process's numbers before any data: inputs lie in [0, 1] and outcomes are standardised.</summary>
internal abstract class HyperPrior
{
    /// <summary>Where a fit starts: ln ℓ of every lengthscale, ln s², ln σ².</summary>
    /// <param name="lengthscales">How many lengthscales there are.</param>
    public abstract double[] Start(int lengthscales);

    /// <summary>Computes −ln density (the densities being those of the numbers themselves) up to a constant.</summary>
    /// <param name="logarithms">ln ℓ of every lengthscale, ln s², ln σ².</param>
    /// <param name="gradient">Receives the derivatives with respect to the logarithms.</param>
    public abstract double Penalty(ReadOnlySpan<double> logarithms, Span<double> gradient);

    /// <summary>Whether the signal's variance is learned rather than one.</summary>
    public abstract bool LearnsSignalVariance { get; }

    /// <summary>−ln of a gamma density at e^t, and its derivative with respect to t.</summary>
    protected static double Gamma(double shape, double rate, double t, out double slope)
    {
        double value = Math.Exp(t);
        slope = (rate * value) - (shape - 1);
        return (rate * value) - ((shape - 1) * t);
    }

    /// <summary>−ln of a log-normal density at e^t, and its derivative with respect to t.</summary>
    protected static double LogNormal(double location, double deviation, double t, out double slope)
    {
        double z = (t - location) / deviation;
        slope = (z / deviation) + 1;
        return (z * z / 2) + t;
    }
}
