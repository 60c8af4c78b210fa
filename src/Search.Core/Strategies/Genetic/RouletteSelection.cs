namespace Search.Strategies.Genetic;

/// <summary>
/// Fitness-proportional selection (Holland 1975): the chance of a parent grows linearly from the worst objective of the population to the
/// best, the worst keeping one part in the population's size of the best one's chance. Unlike the other selections it depends on the scale of the objective.
/// </summary>
public sealed record RouletteSelection : ISelection
{
    /// <inheritdoc/>
    public void Fill(IReadOnlyList<Individual> population, Span<int> parents, Rng rng)
    {
        double worst = population[^1].Objective;
        double range = worst - population[0].Objective;
        double[] wheel = new double[population.Count];
        double total = 0;
        for (int i = 0; i < wheel.Length; i++)
        {
            // A population of equals, or a range that overflows, gives everybody the same chance.
            total += range > 0 && double.IsFinite(range) ? ((worst - population[i].Objective) / range) + (1.0 / wheel.Length) : 1;
            wheel[i] = total;
        }

        foreach (ref int parent in parents)
        {
            parent = Wheel.Spin(wheel, rng);
        }
    }
}
