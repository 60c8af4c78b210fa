namespace Search.Strategies.AdaMerging;

/// <summary>How a step size changes over the steps.</summary>
public enum LearningRateSchedule
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Down to zero along half a cosine.</summary>
    Cosine,
}
