namespace Search.Merging.Operators;

/// <summary>What Model Stock's ratio is where the mean cosine of the task vectors is not positive, so that its formula leads behind the base or has a pole.</summary>
public enum NegativeCosine
{
    /// <summary>0, which is the base.</summary>
    Clamp,

    /// <summary>What the formula gives.</summary>
    Extrapolate,

    /// <summary>1, which is the experts' average.</summary>
    Fallback,
}
