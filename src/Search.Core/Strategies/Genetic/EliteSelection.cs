namespace Search.Strategies.Genetic;

/// <summary>Truncation: only the best part of the population has children, each of its members with the same chance.</summary>
public sealed record EliteSelection : ISelection
{
    /// <summary>Sets the pressure.</summary>
    /// <param name="fraction">The part of the population that has children; in (0, 1]. At least two individuals do.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is out of its range.</exception>
    public EliteSelection(double fraction = 0.5)
    {
        if (!(fraction > 0 && fraction <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "must be above 0 and at most 1");
        }

        Fraction = fraction;
    }

    /// <summary>The part of the population that has children.</summary>
    public double Fraction { get; }

    /// <inheritdoc/>
    public void Fill(IReadOnlyList<Individual> population, Span<int> parents, Rng rng)
    {
        int elite = Math.Min(Math.Max(2, (int)Math.Ceiling(Fraction * population.Count)), population.Count);
        foreach (ref int parent in parents)
        {
            parent = (int)(rng.NextUniform() * elite);
        }
    }
}
