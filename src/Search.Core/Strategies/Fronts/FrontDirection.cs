namespace Search.Strategies.Fronts;

/// <summary>How the objectives' derivatives become one direction to descend.</summary>
public enum FrontDirection
{
    /// <summary>The preferred objective in units of the front's range, of several the worst, smoothed (Lin et al. 2024, arXiv:2402.19078, eq. 6): reaches fronts of any shape.</summary>
    Tchebycheff,

    /// <summary>The preferences' weighted sum of the objectives in units of the front's range: reaches the convex parts of a front.</summary>
    WeightedSum,

    /// <summary>The shortest vector in the gradients' convex hull, against which, within the bounds, every objective falls to first order; without preferences (multiple-gradient descent).</summary>
    MinNorm,
}
