namespace Search.Strategies;

/// <summary>The point that a strategy believes to be the best, which is not the luckiest that it saw.</summary>
/// <param name="Coefficients">One value a coefficient; feasible.</param>
/// <param name="Basis">What the belief rests on, a few words.</param>
/// <param name="Expected">The objective that the strategy's model expects there, or null without a model.</param>
public sealed record Recommendation(IReadOnlyList<double> Coefficients, string Basis, double? Expected);
