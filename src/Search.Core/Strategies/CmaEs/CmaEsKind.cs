namespace Search.Strategies.CmaEs;

/// <summary>The members of the CMA-ES family.</summary>
public enum CmaEsKind
{
    /// <summary>Full covariance with diagonal decoding: learns every dependence between coefficients.</summary>
    Full,

    /// <summary>Diagonal covariance: cheapest, and fastest when the budget is short or coefficients hardly depend on one another.</summary>
    Separable,

    /// <summary>Diagonal and a few directions (VkD-CMA-ES): hundreds to thousands of coefficients.</summary>
    Vkd,

    /// <summary>Diagonal and one direction (CR-FM-NES): hundreds to thousands of coefficients, large differences of scale.</summary>
    CrFmNes,
}
