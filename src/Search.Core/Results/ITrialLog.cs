namespace Search.Results;

/// <summary>A run's ledger. One writer; what <see cref="Append"/> returned from is on disk and stays there.</summary>
public interface ITrialLog
{
    /// <summary>Reads every recorded row, in the order of <see cref="Trial.Id"/>, <see cref="Trial.Role"/> and <see cref="Trial.Rung"/>, rungs after what they led to; a trial recorded twice by an interrupted compaction comes once.</summary>
    /// <returns>The trials.</returns>
    IReadOnlyList<Trial> Read();

    /// <summary>Records finished trials and rungs durably and atomically: all of them or none.</summary>
    /// <param name="trials">At least one trial.</param>
    /// <exception cref="SearchException">The ledger could not be written (disk full, read-only); nothing recorded before is lost.</exception>
    void Append(IReadOnlyList<Trial> trials);

    /// <summary>Folds the parts written so far into one file; safe to be killed in.</summary>
    void Compact();
}
