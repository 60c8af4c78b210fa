namespace Search.Strategies.Fronts;

/// <summary>The settings of <see cref="ParegoStrategy"/> and of <see cref="NehviStrategy"/>.</summary>
public sealed record ProcessFrontOptions
{
    /// <summary>The prior of a process's numbers: <c>gamma</c>, <c>optuna</c>, <c>dimension_scaled</c> or <c>distances</c>.</summary>
    /// <value>The default is <c>optuna</c>.</value>
    public string Prior { get; init; } = "optuna";

    /// <summary>Points of the design that is evaluated before there is a model, learned trials counted; at least 2.</summary>
    /// <value>The default, null, is n + 1 for n axes.</value>
    public int? InitialPoints { get; init; }

    /// <summary>Candidates that it would like to be asked for at once; from 1 to <see cref="Bayesian.BayesianOptions.MaximalBatch"/>.</summary>
    /// <value>The default is 1, which needs the fewest evaluations.</value>
    public int BatchSize { get; init; } = 1;

    /// <summary>How far apart the models of two candidates are, or null where it cannot be said of them: what prior <c>distances</c> asks.</summary>
    /// <value>The default, null, is that no models are known.</value>
    public Func<IReadOnlyList<double>, IReadOnlyList<double>, double?>? Distance { get; init; }

    /// <summary>The seed of the random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
