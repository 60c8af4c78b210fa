namespace Search.Strategies;

/// <summary>Coefficients of one scale and kind that always have the same value, within the bounds of all of them.</summary>
/// <param name="Names">The coefficients, at least two.</param>
public sealed record TiedCoefficients(IReadOnlyList<string> Names) : SpaceConstraint;
