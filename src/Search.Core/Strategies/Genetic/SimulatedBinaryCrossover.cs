namespace Search.Strategies.Genetic;

/// <summary>
/// SBX, bounded (Deb and Agrawal 1995; bounds as in Deb's NSGA-II code): children lie around their parents as one-point crossover of binary
/// strings would put them, the nearer the larger the index, and never outside the bounds. Their mean is their parents' as far as the bounds allow.
/// </summary>
public sealed record SimulatedBinaryCrossover : ICrossover
{
    private const double GeneProbability = 0.5;
    private const double SameGene = 1e-14; // below it the spread factor is rounding noise

    /// <summary>Sets the spread.</summary>
    /// <param name="index">The distribution index η; positive: 2 spreads widely, 20 stays near the parents.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not positive and finite.</exception>
    public SimulatedBinaryCrossover(double index = 15)
    {
        if (!double.IsFinite(index) || index <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, "must be positive and finite");
        }

        Index = index;
    }

    /// <summary>The distribution index η.</summary>
    public double Index { get; }

    /// <inheritdoc/>
    public void Cross(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> firstChild, Span<double> secondChild, Rng rng)
    {
        for (int j = 0; j < first.Length; j++)
        {
            (firstChild[j], secondChild[j]) = (first[j], second[j]);
            if (rng.NextUniform() >= GeneProbability || Math.Abs(first[j] - second[j]) <= SameGene)
            {
                continue;
            }

            double low = Math.Min(first[j], second[j]);
            double high = Math.Max(first[j], second[j]);
            double u = rng.NextUniform();
            double below = (low + high - (Spread(u, low / (high - low)) * (high - low))) / 2;
            double above = (low + high + (Spread(u, (1 - high) / (high - low)) * (high - low))) / 2;
            (below, above) = (Math.Clamp(below, 0, 1), Math.Clamp(above, 0, 1));
            (firstChild[j], secondChild[j]) = rng.NextUniform() < 0.5 ? (below, above) : (above, below);
        }
    }

    // β_q for the room between a parent and its bound, in units of the parents' distance: the density of β is cut where the child would leave the box.
    private double Spread(double u, double room)
    {
        double alpha = 2 - Math.Pow(1 + (2 * room), -(Index + 1));
        double power = 1 / (Index + 1);
        return u <= 1 / alpha ? Math.Pow(u * alpha, power) : Math.Pow(1 / (2 - (u * alpha)), power);
    }
}
