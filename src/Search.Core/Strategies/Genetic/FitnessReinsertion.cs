namespace Search.Strategies.Genetic;

/// <summary>The best of parents and children together live on (the plus strategy). The best is never lost.</summary>
public sealed record FitnessReinsertion : IReinsertion
{
    /// <inheritdoc/>
    public IReadOnlyList<Individual> Reinsert(IReadOnlyList<Individual> parents, IReadOnlyList<Individual> offspring, int size) =>
        [.. Individual.Ranked(parents.Concat(offspring)).Take(size)];
}
