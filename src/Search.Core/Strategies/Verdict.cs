namespace Search.Strategies;

/// <summary>What a strategy is told of one of its candidates.</summary>
/// <param name="Candidate">The candidate, as asked.</param>
/// <param name="Objectives">The values to minimise, all finite; null when the candidate failed.</param>
public sealed record Verdict(Candidate Candidate, IReadOnlyList<double>? Objectives);
