namespace Search.Merging;

/// <summary>What becomes of the values of an element that take part; zeros do not.</summary>
public enum Reduction
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The one of the largest magnitude; of equal ones the later expert's.</summary>
    Largest,
}
