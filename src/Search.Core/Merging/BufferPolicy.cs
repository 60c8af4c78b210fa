namespace Search.Merging;

/// <summary>What a merge does with batch-normalisation statistics (<c>running_mean</c>, <c>running_var</c>), which are no weights: a task-arithmetic step could make a variance negative.</summary>
public enum BufferPolicy
{
    /// <summary>The experts' plain average, whatever the coefficients.</summary>
    Average,

    /// <summary>The base's, unchanged.</summary>
    Base,
}
