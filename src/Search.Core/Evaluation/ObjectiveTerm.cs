namespace Search.Evaluation;

/// <summary>One summand of an objective.</summary>
/// <param name="Score">The score.</param>
/// <param name="Weight">What it is multiplied by; finite.</param>
public sealed record ObjectiveTerm(Score Score, double Weight);
