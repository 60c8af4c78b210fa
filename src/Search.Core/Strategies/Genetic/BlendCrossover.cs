namespace Search.Strategies.Genetic;

/// <summary>BLX-α (Eshelman and Schaffer 1993): each gene of a child is uniform on its parents' interval, widened by α of its length on either side and cut at the bounds.</summary>
public sealed record BlendCrossover : ICrossover
{
    /// <summary>Sets the spread.</summary>
    /// <param name="alpha">The widening, in units of the parents' distance; not negative. At 0.5 the spread of the population neither grows nor shrinks much.</param>
    /// <exception cref="ArgumentOutOfRangeException">The widening is negative or not finite.</exception>
    public BlendCrossover(double alpha = 0.5)
    {
        if (!double.IsFinite(alpha) || alpha < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "must be finite and not negative");
        }

        Alpha = alpha;
    }

    /// <summary>The widening, in units of the parents' distance.</summary>
    public double Alpha { get; }

    /// <inheritdoc/>
    public void Cross(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> firstChild, Span<double> secondChild, Rng rng)
    {
        for (int j = 0; j < first.Length; j++)
        {
            double widening = Alpha * Math.Abs(first[j] - second[j]);
            double low = Math.Max(0, Math.Min(first[j], second[j]) - widening);
            double high = Math.Min(1, Math.Max(first[j], second[j]) + widening);
            firstChild[j] = low + (rng.NextUniform() * (high - low));
            secondChild[j] = low + (rng.NextUniform() * (high - low));
        }
    }
}
