namespace Search.Benchmarks;

/// <summary>One recorded number of one run.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Strategy">The strategy and its settings.</param>
/// <param name="Problem">The function.</param>
/// <param name="Dimension">How many coefficients.</param>
/// <param name="Run">Which instance and start.</param>
/// <param name="Metric">What was recorded.</param>
/// <param name="At">Of which target, or after how many evaluations (divided by the dimension where the metric ends in <c>_n</c>).</param>
/// <param name="Value">The number; null for a target that was not reached.</param>
public sealed record BenchmarkRow(string Suite, string Strategy, string Problem, int Dimension, int Run, string Metric, double? At, double? Value);
