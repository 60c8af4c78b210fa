namespace Search.Strategies.Genetic;

/// <summary>Whole arithmetic crossover (Michalewicz 1992): children on the line between their parents, at one random weight and its complement.</summary>
public sealed record ArithmeticCrossover : ICrossover
{
    /// <inheritdoc/>
    public void Cross(ReadOnlySpan<double> first, ReadOnlySpan<double> second, Span<double> firstChild, Span<double> secondChild, Rng rng)
    {
        double weight = rng.NextUniform();
        for (int j = 0; j < first.Length; j++)
        {
            double step = weight * (second[j] - first[j]);
            firstChild[j] = Math.Clamp(first[j] + step, 0, 1);
            secondChild[j] = Math.Clamp(second[j] - step, 0, 1);
        }
    }
}
