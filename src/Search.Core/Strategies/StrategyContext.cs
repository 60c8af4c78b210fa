namespace Search.Strategies;

/// <summary>What a strategy is created with beside its settings and its space.</summary>
/// <param name="Seed">The seed of its random numbers.</param>
/// <param name="Experts">How many consecutive coefficients of the space belong to one group of tensors; at least 1.</param>
/// <param name="Budget">How many evaluations it can count on, or null when that is not known.</param>
public sealed record StrategyContext(long Seed, int Experts, long? Budget)
{
    /// <summary>How many objectives a candidate has.</summary>
    /// <value>The default is 1.</value>
    public int Objectives { get; init; } = 1;

    /// <summary>How many of the space's coefficients, from the first on, weigh experts.</summary>
    /// <value>The default, null, is all of them.</value>
    public int? Weights { get; init; }

    /// <summary>How far apart the models of two candidates are, in any unit, or null where it cannot be said of them; costs a look at the models.</summary>
    /// <value>The default, null, is that no models are known.</value>
    public Func<IReadOnlyList<double>, IReadOnlyList<double>, double?>? Distance { get; init; }
}
