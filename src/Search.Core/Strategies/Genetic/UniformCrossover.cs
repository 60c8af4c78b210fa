namespace Search.Strategies.Genetic;

/// <summary>Uniform crossover (Syswerda 1989): every gene is one parent's, the other child gets the other's.</summary>
public sealed record UniformCrossover : ICrossover
{
    /// <inheritdoc/>
    public void Cross(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> firstChild, Span<double> secondChild, Rng rng)
    {
        for (int j = 0; j < first.Length; j++)
        {
            (firstChild[j], secondChild[j]) = rng.NextUniform() < 0.5 ? (first[j], second[j]) : (second[j], first[j]);
        }
    }
}
