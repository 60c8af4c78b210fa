namespace Search.Strategies.Genetic;

/// <summary>A few best parents stay, the best children take the other places, and where there are too few children, further parents do. The best is never lost.</summary>
public sealed record ElitistReinsertion : IReinsertion
{
    /// <summary>Sets how many stay.</summary>
    /// <param name="elite">How many parents stay whatever their children are worth; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public ElitistReinsertion(int elite = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(elite, 1);
        Elite = elite;
    }

    /// <summary>How many parents stay whatever their children are worth.</summary>
    public int Elite { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Individual> Reinsert(IReadOnlyList<Individual> parents, IReadOnlyList<Individual> offspring, int size)
    {
        int elite = Math.Min(Elite, Math.Min(parents.Count, size));
        int children = Math.Min(offspring.Count, size - elite);
        return Individual.Ranked(parents.Take(Math.Max(elite, size - children)).Concat(offspring.Take(children)));
    }
}
