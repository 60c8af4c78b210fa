namespace Search.Strategies;

/// <summary>One number that a strategy searches, in [0, 1].</summary>
/// <param name="Name">The coefficient that it moves first.</param>
/// <param name="Levels">0 where every number counts; otherwise at least 2, and only which of that many equal cells a number lies in counts.</param>
/// <param name="IsOrdered">Whether neighbouring cells are alike; false for categories.</param>
/// <param name="Start">Where a search starts.</param>
public sealed record SearchAxis(string Name, int Levels, bool IsOrdered, double Start);
