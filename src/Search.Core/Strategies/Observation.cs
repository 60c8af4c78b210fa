namespace Search.Strategies;

/// <summary>A trial that somebody else proposed.</summary>
/// <param name="Coefficients">One value a coefficient, all finite.</param>
/// <param name="Objectives">The values to minimise, all finite; null when the trial failed.</param>
public sealed record Observation(IReadOnlyList<double> Coefficients, IReadOnlyList<double>? Objectives);
