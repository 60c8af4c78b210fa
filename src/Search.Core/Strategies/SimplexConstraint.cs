namespace Search.Strategies;

/// <summary>Coefficients that are at least 0, within their bounds and together 1: shares of a whole.</summary>
/// <param name="Names">The coefficients, at least two.</param>
public sealed record SimplexConstraint(IReadOnlyList<string> Names) : SumConstraint(Names);
