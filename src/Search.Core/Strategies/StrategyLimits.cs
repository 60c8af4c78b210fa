namespace Search.Strategies;

/// <summary>What a strategy's settings are checked against when they are read, before there is a space.</summary>
/// <param name="Lower">The least value of a coefficient.</param>
/// <param name="Upper">The greatest value of a coefficient.</param>
/// <param name="Experts">How many coefficients belong to one group of tensors.</param>
public sealed record StrategyLimits(double Lower, double Upper, int Experts)
{
    /// <summary>How many objectives candidates have.</summary>
    /// <value>The default is 1.</value>
    public int Objectives { get; init; } = 1;

    /// <summary>The width of the widest coefficient.</summary>
    public double Range => Upper - Lower;
}
