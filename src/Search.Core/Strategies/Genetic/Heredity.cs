namespace Search.Strategies.Genetic;

/// <summary>
/// Makes genes with respect to what axes are: numbers take the crossover and mutation of the options, whole numbers too but always land in
/// the middle of a cell and never mutate into themselves, categories are only ever swapped or drawn anew.
/// </summary>
internal sealed class Heredity(IReadOnlyList<SearchAxis> axes, GeneticOptions options)
{
    private readonly double _mutationProbability = options.MutationProbability ?? Math.Min(0.5, 1.0 / axes.Count);

    /// <summary>An individual near the start, categories near none.</summary>
    public double[] Newcomer(Rng rng)
    {
        var spread = new GaussianMutation(Math.Min(1, options.Spread));
        return [.. axes.Select(axis => axis.IsOrdered ? AxisCells.Snap(axis, spread.Mutate(axis.Start, rng)) : AxisCells.Snap(axis, rng.NextUniform()))];
    }

    /// <summary>An individual from anywhere.</summary>
    public double[] Stranger(Rng rng) => [.. axes.Select(axis => AxisCells.Snap(axis, rng.NextUniform()))];

    /// <summary>The start itself.</summary>
    public double[] Start() => [.. axes.Select(axis => AxisCells.Snap(axis, axis.Start))];

    /// <summary>Two children of two parents.</summary>
    public (double[] First, double[] Second) Mate(double[] mother, double[] father, Rng rng)
    {
        double[] first = [.. mother];
        double[] second = [.. father];
        if (rng.NextUniform() < options.CrossoverProbability)
        {
            options.Crossover.Cross(mother, father, first, second, rng);
            for (int j = 0; j < axes.Count; j++)
            {
                if (!axes[j].IsOrdered)
                {
                    (first[j], second[j]) = rng.NextUniform() < 0.5 ? (mother[j], father[j]) : (father[j], mother[j]);
                }
            }
        }

        Mutate(first, rng);
        Mutate(second, rng);
        return (first, second);
    }

    private void Mutate(double[] genes, Rng rng)
    {
        for (int j = 0; j < genes.Length; j++)
        {
            SearchAxis axis = axes[j];
            genes[j] = AxisCells.Snap(axis, rng.NextUniform() < _mutationProbability ? Mutated(axis, genes[j], rng) : genes[j]);
        }
    }

    private double Mutated(SearchAxis axis, double gene, Rng rng)
    {
        if (!axis.IsOrdered)
        {
            int other = (int)(rng.NextUniform() * (axis.Levels - 1)); // any cell but its own, each with the same chance
            return (other + (other >= AxisCells.Cell(axis, gene) ? 1.5 : 0.5)) / axis.Levels;
        }

        double mutant = options.Mutation.Mutate(gene, rng);
        if (axis.Levels == 0 || AxisCells.Cell(axis, mutant) != AxisCells.Cell(axis, gene))
        {
            return mutant;
        }

        int cell = AxisCells.Cell(axis, gene);
        bool up = cell == 0 || (cell < axis.Levels - 1 && rng.NextUniform() < 0.5);
        return (cell + (up ? 1.5 : -0.5)) / axis.Levels;
    }
}
