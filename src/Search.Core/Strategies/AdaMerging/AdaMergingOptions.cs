namespace Search.Strategies.AdaMerging;

/// <summary>The settings of <see cref="AdaMergingStrategy"/>; the defaults are the paper's.</summary>
public sealed record AdaMergingOptions
{
    /// <summary>Adam's step size in coefficient units; positive and finite.</summary>
    /// <value>The default is 0.001.</value>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How the step size changes over the steps.</summary>
    /// <value>The default is <see cref="LearningRateSchedule.Constant"/>.</value>
    public LearningRateSchedule Schedule { get; init; }

    /// <summary>How many steps to take; at least 1.</summary>
    /// <value>The default is 500.</value>
    public int Steps { get; init; } = 500;

    /// <summary>Examples of each task a step, or null for all of them.</summary>
    /// <value>The default is 16.</value>
    public int? Batch { get; init; } = 16;

    /// <summary>
    /// Whether coefficients are clamped to [0, 1] where they are used, as in the AdaMerging authors' code: outside, the derivative is zero,
    /// and a coefficient that got there never comes back.
    /// </summary>
    /// <value>The default is false: bounds are kept by projection.</value>
    public bool Clamp { get; init; }

    /// <summary>Every how many steps the point reached is scored on all examples, so that points can be compared; at least 1.</summary>
    /// <value>The default is 50.</value>
    public int Checkpoint { get; init; } = 50;

    /// <summary>The decay of Adam's mean of gradients, in [0, 1).</summary>
    /// <value>The default is 0.9.</value>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>The decay of Adam's mean of squared gradients, in [0, 1).</summary>
    /// <value>The default is 0.999.</value>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>When tasks stop taking part, or null for never.</summary>
    /// <value>The default is null.</value>
    public EarlyStop? EarlyStop { get; init; }
}
