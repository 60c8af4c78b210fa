namespace Search.Strategies;

/// <summary>What coefficients of a space must satisfy together.</summary>
public abstract record SpaceConstraint;
