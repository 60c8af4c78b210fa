namespace Search.Results;

/// <summary>A budget larger than the study's.</summary>
/// <param name="Evaluations">Candidates to score, or null.</param>
/// <param name="Time">Time spent on trials, summed over the ledger, or null.</param>
public sealed record RunBudget(long? Evaluations, TimeSpan? Time);
