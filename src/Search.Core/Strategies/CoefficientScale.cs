namespace Search.Strategies;

/// <summary>How a coefficient's range is laid out for a strategy.</summary>
public enum CoefficientScale
{
    /// <summary>Equal steps are equal differences.</summary>
    Linear,

    /// <summary>Equal steps are equal ratios.</summary>
    Log,
}
