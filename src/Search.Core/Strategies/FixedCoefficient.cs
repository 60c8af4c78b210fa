namespace Search.Strategies;

/// <summary>A coefficient that is not searched.</summary>
/// <param name="Name">The coefficient.</param>
/// <param name="Value">Its value, within its bounds.</param>
public sealed record FixedCoefficient(string Name, double Value) : SpaceConstraint;
