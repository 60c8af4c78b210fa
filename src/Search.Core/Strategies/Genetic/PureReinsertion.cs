namespace Search.Strategies.Genetic;

/// <summary>Children replace their parents; parents live on only where there are too few children. The best can be lost.</summary>
public sealed record PureReinsertion : IReinsertion
{
    /// <inheritdoc/>
    public IReadOnlyList<Individual> Reinsert(IReadOnlyList<Individual> parents, IReadOnlyList<Individual> offspring, int size) =>
        Individual.Ranked(offspring.Take(size).Concat(parents.Take(size - Math.Min(size, offspring.Count))));
}
