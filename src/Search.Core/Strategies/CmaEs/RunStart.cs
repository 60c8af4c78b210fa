namespace Search.Strategies.CmaEs;

/// <summary>Where a run of an evolution strategy starts, and how far it may go.</summary>
/// <param name="Mean">The centre of the first generation, n numbers.</param>
/// <param name="Sigma">The step size; positive and finite.</param>
internal sealed record RunStart(double[] Mean, double Sigma)
{
    /// <summary>The covariance of a step of size 1: the lower triangle of an n × n matrix, row-major; null for the identity.</summary>
    public double[]? Covariance { get; init; }

    /// <summary>Without a covariance, the standard deviations of a step of size 1, n numbers; null for ones.</summary>
    public double[]? Deviations { get; init; }

    /// <summary>No number's standard deviation exceeds this; positive.</summary>
    /// <value>The default is infinite.</value>
    public double MaximalDeviation { get; init; } = double.PositiveInfinity;

    /// <summary>The run stops after so many generations at the latest.</summary>
    /// <value>The default is no limit but the criterion's own.</value>
    public int MaximalGenerations { get; init; } = int.MaxValue;
}
