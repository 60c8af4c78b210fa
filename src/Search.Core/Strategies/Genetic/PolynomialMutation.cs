namespace Search.Strategies.Genetic;

/// <summary>Polynomial mutation, bounded (Deb and Goyal 1996; bounds as in Deb's NSGA-II code): mostly small steps, rarely up to the bound, half of them to either side.</summary>
public sealed record PolynomialMutation : IMutation
{
    /// <summary>Sets the step size.</summary>
    /// <param name="index">The distribution index η; positive: far from the bounds a step is about 1/(η + 2) of the range on average.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is not positive and finite.</exception>
    public PolynomialMutation(double index = 20)
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
    public double Mutate(double gene, Rng rng)
    {
        double u = rng.NextUniform();
        double step = u <= 0.5
            ? Math.Pow((2 * u) + ((1 - (2 * u)) * Math.Pow(1 - gene, Index + 1)), 1 / (Index + 1)) - 1
            : 1 - Math.Pow((2 * (1 - u)) + (((2 * u) - 1) * Math.Pow(gene, Index + 1)), 1 / (Index + 1));
        return Math.Clamp(gene + step, 0, 1);
    }
}
