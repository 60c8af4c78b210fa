namespace Search.Storage;

/// <summary>What a searched candidate scored on search data.</summary>
/// <param name="Id">The trial's number.</param>
/// <param name="Objectives">The objectives, or null where it failed or was not scored to the end.</param>
/// <param name="IsComparable">Whether its scores can be compared with those of others: it was scored on all examples, or no trial was.</param>
public readonly record struct CandidateScore(long Id, double[]? Objectives, bool IsComparable);
