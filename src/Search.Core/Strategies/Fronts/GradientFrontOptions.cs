namespace Search.Strategies.Fronts;

/// <summary>The settings of <see cref="GradientFrontStrategy"/>.</summary>
public sealed record GradientFrontOptions
{
    /// <summary>What is descended.</summary>
    /// <value>The default is <see cref="FrontDirection.Tchebycheff"/>.</value>
    public FrontDirection Direction { get; init; }

    /// <summary>How many points of the front to descend to at most, one after another; at least 1. With preferences as many as lattices within have, and no fewer than objectives.</summary>
    /// <value>The default, null, is 15, of the shortest vector 1.</value>
    public int? Points { get; init; }

    /// <summary>Steps to each of them; at least 1.</summary>
    /// <value>The default is 20.</value>
    public int Steps { get; init; } = 20;

    /// <summary>The first step size to each of them, which falls to zero along half a cosine, in coefficient units (on a simplex, of the logarithms of coefficients): Adam's, or how far the coefficient that moves furthest moves; positive and finite.</summary>
    /// <value>The default is 0.05.</value>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Examples of each task a step, or null for all of them, which makes every step one that can be compared.</summary>
    /// <value>The default is 16.</value>
    public int? Batch { get; init; } = 16;

    /// <summary>With <see cref="FrontDirection.Tchebycheff"/>, how much of the front's range is smoothed: less is truer to the worst objective, more descends faster; positive.</summary>
    /// <value>The default is 0.05.</value>
    public double Smoothing { get; init; } = 0.05;

    /// <summary>The seed of where <see cref="FrontDirection.MinNorm"/> starts.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
