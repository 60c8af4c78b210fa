namespace Search.Strategies;

/// <summary>A proposed coefficient vector.</summary>
/// <param name="Generation">The strategy's generation, from 0.</param>
/// <param name="Index">Its place in the generation, from 0.</param>
/// <param name="Coefficients">One value a coefficient, within the bounds.</param>
public sealed record Candidate(int Generation, int Index, IReadOnlyList<double> Coefficients)
{
    /// <summary>The derivative that the strategy needs, or null when the score is enough.</summary>
    public GradientRequest? Gradient { get; init; }
}
