namespace Search.Strategies.Genetic;

/// <summary>Ends a search whose best objective has not improved for some generations.</summary>
public sealed record StagnationTermination : ITermination
{
    /// <summary>Sets the patience.</summary>
    /// <param name="generations">How many generations may pass without a new best; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public StagnationTermination(int generations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(generations, 1);
        Generations = generations;
    }

    /// <summary>How many generations may pass without a new best.</summary>
    public int Generations { get; }

    /// <inheritdoc/>
    public string? Reason(int generation, int improved) =>
        generation - improved >= Generations ? $"stagnation: {Generations} generations without a better objective" : null;
}
