namespace Search.Strategies.Genetic;

/// <summary>Chooses parents.</summary>
public interface ISelection
{
    /// <summary>Fills a mating pool.</summary>
    /// <param name="population">The individuals, the best first; at least one.</param>
    /// <param name="parents">Receives indices into the population; neighbours mate.</param>
    /// <param name="rng">The randomness.</param>
    void Fill(IReadOnlyList<Individual> population, Span<int> parents, Rng rng);
}
