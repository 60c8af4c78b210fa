namespace Search.Merging;

/// <summary>How coefficients run between the knots of a depth profile.</summary>
public enum KnotShape
{
    /// <summary>In a straight line.</summary>
    Linear,

    /// <summary>In half a wave of a cosine, level at both knots.</summary>
    Cosine,
}
