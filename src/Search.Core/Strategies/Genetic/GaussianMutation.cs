namespace Search.Strategies.Genetic;

/// <summary>Adds a normal step, mirrored at the bounds.</summary>
public sealed record GaussianMutation : IMutation
{
    /// <summary>Sets the step size.</summary>
    /// <param name="deviation">The standard deviation, as a fraction of the range; in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is out of its range.</exception>
    public GaussianMutation(double deviation = 0.1)
    {
        if (!(deviation > 0 && deviation <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(deviation), deviation, "must be above 0 and at most 1");
        }

        Deviation = deviation;
    }

    /// <summary>The standard deviation, as a fraction of the range.</summary>
    public double Deviation { get; }

    /// <inheritdoc/>
    public double Mutate(double gene, Rng rng) =>
        Math.Clamp(Math.Abs(Math.IEEERemainder(gene + (Deviation * rng.NextGaussian()), 2)), 0, 1); // period 2, even: the mirror of [0, 1]
}
