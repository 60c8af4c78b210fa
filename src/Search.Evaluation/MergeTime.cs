namespace Search.Evaluation;

/// <summary>One case of <see cref="MergeTimes"/>.</summary>
/// <param name="Name">What was timed: an operator, or a part.</param>
/// <param name="Candidates">Candidates that were made in one pass; 0 where none were.</param>
/// <param name="Milliseconds">The time of a pass.</param>
/// <param name="Gigabytes">The bytes that a pass cannot avoid: base and vectors read once, each candidate written.</param>
/// <param name="Roof">How fast it moved them, as a fraction of the copies just before and after.</param>
/// <param name="Speedup">How often <see cref="Than"/> would take as long, or null.</param>
/// <param name="Than">What it was compared with, or null.</param>
/// <param name="PreparationSeconds">What preparing the vectors took, once; null where nothing is prepared.</param>
public sealed record MergeTime(string Name, int Candidates, double Milliseconds, double Gigabytes, double Roof, double? Speedup, string? Than, double? PreparationSeconds);
