namespace Search.Strategies;

/// <summary>One searched number.</summary>
/// <param name="Name">Its name, unique in its space.</param>
/// <param name="Lower">The least value.</param>
/// <param name="Upper">The greatest value, more than <paramref name="Lower"/>.</param>
/// <param name="Initial">Where a search starts, within the bounds.</param>
public sealed record Coefficient(string Name, double Lower, double Upper, double Initial);
