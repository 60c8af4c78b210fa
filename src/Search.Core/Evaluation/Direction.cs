namespace Search.Evaluation;

/// <summary>Which values of an objective's scores are better.</summary>
public enum Direction
{
    /// <summary>Lower ones.</summary>
    Minimize,

    /// <summary>Higher ones.</summary>
    Maximize,
}
