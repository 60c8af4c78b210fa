namespace Search.Strategies.Bayesian;

/// <summary>What a <see cref="PointSearch"/> climbs: a smooth function of a Gaussian process's inputs.</summary>
internal abstract class Surface
{
    /// <summary>The height at a point.</summary>
    /// <param name="inputs">The point.</param>
    /// <param name="gradient">Receives the derivatives.</param>
    public abstract double Evaluate(ReadOnlySpan<double> inputs, Span<double> gradient);

    /// <summary>The heights at many points.</summary>
    public abstract double[] Evaluate(IReadOnlyList<double[]> points);
}
