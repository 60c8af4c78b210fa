namespace Search.Strategies.Bayesian;

/// <summary>A stationary covariance function of unit variance, as a function of the squared scaled distance r² = Σ (x_i − x'_i)²/ℓ_i².</summary>
internal abstract class Kernel
{
    /// <summary>Evaluates the covariance and its slope.</summary>
    /// <param name="squaredDistances">r², not negative.</param>
    /// <param name="values">k(r²), as long as <paramref name="squaredDistances"/>.</param>
    /// <param name="slopes">dk/d(r²), as long as <paramref name="squaredDistances"/>; finite at 0 too.</param>
    public abstract void Evaluate(ReadOnlySpan<double> squaredDistances, Span<double> values, Span<double> slopes);

    /// <summary>Draws the factor that turns a standard normal vector into a frequency of the kernel's spectral density.</summary>
    public abstract double DrawFrequencyFactor(Rng rng);
}
