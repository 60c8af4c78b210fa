namespace Search.Evaluation;

/// <summary>What a batch of data may be used for.</summary>
public enum DataRole
{
    /// <summary>The strategy sees scores on it.</summary>
    Search,

    /// <summary>It picks the winner among candidates; the strategy never sees it.</summary>
    Select,

    /// <summary>It is reported and never optimised on.</summary>
    Report,
}
