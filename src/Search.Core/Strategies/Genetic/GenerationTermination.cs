namespace Search.Strategies.Genetic;

/// <summary>Ends a search after some generations.</summary>
public sealed record GenerationTermination : ITermination
{
    /// <summary>Sets the number.</summary>
    /// <param name="generations">How many generations to complete, the first one included; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public GenerationTermination(int generations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(generations, 1);
        Generations = generations;
    }

    /// <summary>How many generations to complete.</summary>
    public int Generations { get; }

    /// <inheritdoc/>
    public string? Reason(int generation, int improved) => generation >= Generations ? $"generations: all {Generations} are complete" : null;
}
