namespace Search.Results;

/// <summary>How an evaluation ended.</summary>
public enum TrialState
{
    /// <summary>Asked for, not yet finished; in a ledger, only the rungs of a race.</summary>
    Running,

    /// <summary>Scored.</summary>
    Complete,

    /// <summary>Stopped early because it had already lost.</summary>
    Pruned,

    /// <summary>Could not be scored; the reason says why.</summary>
    Failed,
}
