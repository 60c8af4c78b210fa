namespace Search.Strategies.Bayesian;

/// <summary>What a Gaussian process is conditioned on; a failed trial has the worst outcome of the others.</summary>
/// <param name="Points">One number in [0, 1] an axis.</param>
/// <param name="Inputs">The same points as the process sees them.</param>
/// <param name="Values">The outcomes.</param>
internal sealed record TrialData(List<double[]> Points, List<double[]> Inputs, List<double> Values);
