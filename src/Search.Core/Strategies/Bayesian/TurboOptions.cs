namespace Search.Strategies.Bayesian;

/// <summary>The settings of <see cref="TurboStrategy"/>.</summary>
public sealed record TurboOptions
{
    /// <summary>Points of the design that every trust region begins with; at least 2.</summary>
    /// <value>The default, null, is 2 n for n axes.</value>
    public int? InitialPoints { get; init; }

    /// <summary>Candidates that it would like to be asked for at once; from 1 to <see cref="BayesianOptions.MaximalBatch"/>.</summary>
    /// <value>The default is 4.</value>
    public int BatchSize { get; init; } = 4;

    /// <summary>The seed of the random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
