namespace Search.Strategies.Bayesian;

/// <summary>One function drawn from a Gaussian process's posterior, turned upside down.</summary>
/// <param name="process">The process; without pending points.</param>
/// <param name="observed">The points that it knows.</param>
/// <param name="rng">What is drawn from.</param>
internal sealed class PathSurface(GaussianProcess process, IReadOnlyList<double[]> observed, Rng rng) : Surface
{
    private readonly PathDraws _draws = new(process, observed, 1, rng);

    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> inputs, Span<double> gradient)
    {
        Span<double> value = stackalloc double[1];
        (double[], double[]) place = _draws.Evaluate(inputs, value);
        gradient.Clear();
        _draws.AddGradient(inputs, place, [-1], gradient);
        return -value[0];
    }

    /// <inheritdoc/>
    public override double[] Evaluate(IReadOnlyList<double[]> points) => [.. points.Select(point =>
    {
        double[] value = new double[1];
        _draws.Evaluate(point, value);
        return -value[0];
    })];
}
