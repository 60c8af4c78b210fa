namespace Search.Evaluation;

/// <summary>How the tasks' scores become an objective.</summary>
public enum Aggregation
{
    /// <summary>The mean over tasks.</summary>
    Mean,

    /// <summary>The weighted mean over tasks.</summary>
    Weighted,

    /// <summary>The worst task.</summary>
    Max,

    /// <summary>One objective a task.</summary>
    None,
}
