namespace Search.Strategies.Genetic;

/// <summary>Linear ranking (Baker 1985): the chance of a parent falls linearly with its rank, whatever the scale of the objective.</summary>
public sealed record RankSelection : ISelection
{
    /// <summary>Sets the pressure.</summary>
    /// <param name="pressure">How often the best is chosen, in units of the average; from 1 (no pressure) to 2 (the worst never).</param>
    /// <exception cref="ArgumentOutOfRangeException">The pressure is out of its range.</exception>
    public RankSelection(double pressure = 2)
    {
        if (!(pressure >= 1 && pressure <= 2))
        {
            throw new ArgumentOutOfRangeException(nameof(pressure), pressure, "must be from 1 to 2");
        }

        Pressure = pressure;
    }

    /// <summary>How often the best is chosen, in units of the average.</summary>
    public double Pressure { get; }

    /// <inheritdoc/>
    public void Fill(IReadOnlyList<Individual> population, Span<int> parents, Rng rng)
    {
        int last = population.Count - 1;
        double[] wheel = new double[population.Count];
        double total = 0;
        for (int rank = 0; rank <= last; rank++)
        {
            total += last == 0 ? 1 : 2 - Pressure + (2 * (Pressure - 1) * (last - rank) / last); // Baker 1985, rank 0 the best
            wheel[rank] = total;
        }

        foreach (ref int parent in parents)
        {
            parent = Wheel.Spin(wheel, rng);
        }
    }
}
