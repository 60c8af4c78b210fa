namespace Search.Strategies;

/// <summary>Coefficients within their bounds that are together 1, negative ones allowed.</summary>
/// <param name="Names">The coefficients, at least two.</param>
public sealed record AffineConstraint(IReadOnlyList<string> Names) : SumConstraint(Names);
