namespace Search.Strategies.Genetic;

/// <summary>Decides who lives on.</summary>
public interface IReinsertion
{
    /// <summary>Forms the next population.</summary>
    /// <param name="parents">The population, the best first.</param>
    /// <param name="offspring">The scored children, the best first; failed ones are not among them.</param>
    /// <param name="size">The size of a full population.</param>
    /// <returns>The next population, the best first; at most <paramref name="size"/> individuals, and at least one where there was any.</returns>
    IReadOnlyList<Individual> Reinsert(IReadOnlyList<Individual> parents, IReadOnlyList<Individual> offspring, int size);
}
