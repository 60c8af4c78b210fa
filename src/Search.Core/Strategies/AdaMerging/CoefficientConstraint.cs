namespace Search.Strategies.AdaMerging;

/// <summary>What the coefficients of one group of tensors, one an expert, must satisfy.</summary>
public enum CoefficientConstraint
{
    /// <summary>Their bounds only.</summary>
    None,

    /// <summary>
    /// Clamped to [0, 1] where they are used, as in the AdaMerging authors' code: outside, the derivative is zero, and a coefficient that got
    /// there never comes back.
    /// </summary>
    Clamp,

    /// <summary>Positive with sum 1, as the softmax of free numbers: learned soups (Wortsman et al. 2022, arXiv:2203.05482).</summary>
    Simplex,

    /// <summary>Sum 1, negative ones allowed: the affine hyper-plane of the experts.</summary>
    Affine,
}
