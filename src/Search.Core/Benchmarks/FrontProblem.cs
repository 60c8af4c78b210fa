namespace Search.Benchmarks;

/// <summary>Several objectives and the volume that their true front has.</summary>
/// <param name="Objectives">What the strategy is told.</param>
/// <param name="True">What volumes are measured of: the same, or what the objectives only estimate.</param>
/// <param name="Reference">The reference point.</param>
/// <param name="Volume">The hypervolume of the true front.</param>
public sealed record FrontProblem(
    Func<IReadOnlyList<double>, double[]> Objectives, Func<IReadOnlyList<double>, double[]> True, IReadOnlyList<double> Reference, Lazy<double> Volume);
