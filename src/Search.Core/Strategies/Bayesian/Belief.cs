namespace Search.Strategies.Bayesian;

/// <summary>What a <see cref="Proposer"/> chooses from.</summary>
/// <param name="Process">The process; pending points are imagined in it.</param>
/// <param name="Embedding">The axes.</param>
/// <param name="Observed">The inputs that the process has observed.</param>
/// <param name="Known">The inputs that were observed or are pending.</param>
/// <param name="Best">The points with the least posterior means, one number in [0, 1] an axis.</param>
internal sealed record Belief(GaussianProcess Process, AxisEmbedding Embedding, IReadOnlyList<double[]> Observed, IReadOnlyList<double[]> Known, IReadOnlyList<double[]> Best);
