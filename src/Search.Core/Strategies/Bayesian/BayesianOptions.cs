namespace Search.Strategies.Bayesian;

/// <summary>The settings of <see cref="BayesianStrategy"/>.</summary>
public sealed record BayesianOptions
{
    /// <summary>The largest <see cref="BatchSize"/>.</summary>
    public const int MaximalBatch = 64;

    /// <summary>How the next point is chosen: <c>log_ei</c>, <c>pi</c>, <c>ucb</c>, <c>thompson</c>, or <c>hedge</c> over the first three.</summary>
    /// <value>The default is <c>log_ei</c>.</value>
    public string Acquisition { get; init; } = "log_ei";

    /// <summary>The prior of the process's numbers: <c>gamma</c>, <c>optuna</c>, <c>dimension_scaled</c> or <c>distances</c>.</summary>
    /// <value>The default is <c>optuna</c>.</value>
    public string Prior { get; init; } = "optuna";

    /// <summary>The covariance function: <c>matern52</c> or <c>squared_exponential</c>.</summary>
    /// <value>The default is <c>matern52</c>.</value>
    public string Kernel { get; init; } = "matern52";

    /// <summary>Points of the design that is evaluated before there is a model, learned trials counted; at least 2.</summary>
    /// <value>The default, null, is n + 1 for n axes.</value>
    public int? InitialPoints { get; init; }

    /// <summary>Candidates that it would like to be asked for at once; from 1 to <see cref="MaximalBatch"/>.</summary>
    /// <value>The default is 1, which needs the fewest evaluations.</value>
    public int BatchSize { get; init; } = 1;

    /// <summary>How far apart the models of two candidates are, or null where it cannot be said of them: what prior <c>distances</c> asks.</summary>
    /// <value>The default, null, is that no models are known.</value>
    public Func<IReadOnlyList<double>, IReadOnlyList<double>, double?>? Distance { get; init; }

    /// <summary>The seed of the random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
