namespace Search.Merging;

/// <summary>The sign where a vote is tied; published code differs.</summary>
public enum TieRule
{
    /// <summary>Positive, as in mergekit.</summary>
    Positive,

    /// <summary>Negative, as in EMR-Merging's code.</summary>
    Negative,

    /// <summary>The sign that most elements of the model elected, negative where that is tied too, as in TIES-Merging's code.</summary>
    Majority,
}
