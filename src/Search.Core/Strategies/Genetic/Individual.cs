namespace Search.Strategies.Genetic;

/// <summary>A scored candidate of a population.</summary>
/// <param name="Genes">One number in [0, 1] a search axis; not changed after construction.</param>
/// <param name="Objective">What is minimised; finite.</param>
/// <param name="Order">When it was asked for, from 0, which breaks ties.</param>
public sealed record Individual(double[] Genes, double Objective, long Order)
{
    /// <summary>Sorts the best first, equals in the order of asking.</summary>
    /// <param name="individuals">The individuals.</param>
    /// <returns>A population as selections and reinsertions expect it.</returns>
    public static IReadOnlyList<Individual> Ranked(IEnumerable<Individual> individuals) =>
        [.. individuals.OrderBy(individual => individual.Objective).ThenBy(individual => individual.Order)];
}
