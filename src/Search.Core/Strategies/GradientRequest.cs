namespace Search.Strategies;

/// <summary>A candidate's wish to know the objective's derivative by its coefficients.</summary>
/// <param name="Step">Which step of the search asks, from 0: it decides which examples are drawn.</param>
/// <param name="Examples">How many examples of each task to score, or null for all of them.</param>
public sealed record GradientRequest(long Step, int? Examples);
