namespace Search.Strategies.Genetic;

/// <summary>A scored candidate of a population.</summary>
/// <param name="Genes">One number in [0, 1] a search axis; not changed after construction.</param>
/// <param name="Objectives">What is minimised; finite, at least one.</param>
/// <param name="Order">When it was asked for, from 0, which breaks ties.</param>
public sealed record Individual(double[] Genes, double[] Objectives, long Order)
{
    /// <summary>Makes an individual of one objective.</summary>
    /// <param name="genes">One number in [0, 1] a search axis; not changed after construction.</param>
    /// <param name="objective">What is minimised; finite.</param>
    /// <param name="order">When it was asked for, from 0, which breaks ties.</param>
    public Individual(double[] genes, double objective, long order)
        : this(genes, [objective], order)
    {
    }

    /// <summary>The first objective.</summary>
    public double Objective => Objectives[0];

    /// <summary>Sorts the best first, equals in the order of asking.</summary>
    /// <param name="individuals">The individuals.</param>
    /// <returns>A population as selections and reinsertions expect it.</returns>
    public static IReadOnlyList<Individual> Ranked(IEnumerable<Individual> individuals) =>
        [.. individuals.OrderBy(individual => individual.Objective).ThenBy(individual => individual.Order)];
}
