namespace Search.Strategies;

/// <summary>Coefficients on a linear scale whose sum is 1; no two such groups share a coefficient.</summary>
/// <param name="Names">The coefficients, at least two.</param>
public abstract record SumConstraint(IReadOnlyList<string> Names) : SpaceConstraint;
