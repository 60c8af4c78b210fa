using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage;

/// <summary>Reads the trials of a run directory without touching it, also while another process writes there.</summary>
public static class TrialReader
{
    // A compaction may replace the parts between listing and reading; twice in a row is already unlikely.
    private const int Attempts = 3;

    /// <summary>Reads every recorded trial once, in the order of id then role.</summary>
    /// <param name="runDirectory">The run directory; without trials yet it has none.</param>
    /// <param name="warn">Hears a sentence about each file that cannot be read and is left out.</param>
    /// <returns>The trials.</returns>
    /// <exception cref="StorageException">The folder of trials cannot be read.</exception>
    public static IReadOnlyList<Trial> Read(string runDirectory, Action<string>? warn = null)
    {
        using LedgerParts ledger = LedgerParts.ForReading(runDirectory, warn);
        return Read(ledger);
    }

    /// <summary>Reads a ledger's trials once, in the order of id then role.</summary>
    /// <param name="ledger">The ledger, which rejects the parts that cannot be read.</param>
    /// <returns>The trials.</returns>
    /// <exception cref="StorageException">The folder of trials cannot be read.</exception>
    internal static IReadOnlyList<Trial> Read(LedgerParts ledger)
    {
        for (int attempt = 1; ; attempt++)
        {
            TrialPartSet parts = ledger.Scan();
            if (parts.Current.Count == 0)
            {
                return [];
            }

            try
            {
                using DuckDbConnection connection = ledger.OpenLarge();
                return Sorted(ReadAll(connection, parts.Current));
            }
            catch (Exception exception) when (LedgerParts.IsUnreadable(exception))
            {
                if (!ledger.RejectUnreadable(parts) && attempt >= Attempts)
                {
                    throw new StorageException(ledger.Folder, $"cannot be read: {StorageException.FirstLine(exception)}", exception);
                }
            }
        }
    }

    /// <summary>Reads parts.</summary>
    /// <param name="connection">Reads them.</param>
    /// <param name="parts">The parts in append order.</param>
    /// <returns>Their trials in that order.</returns>
    internal static List<Trial> ReadAll(DuckDbConnection connection, IEnumerable<TrialPart> parts)
    {
        List<Trial> trials = [];
        foreach (TrialPart[] group in parts.Chunk(ParquetEngine.FilesAtOnce))
        {
            using DuckDbResult result = connection.Query(TrialPartSet.Rows(group));
            while (result.ReadChunk() is { } chunk)
            {
                using (chunk)
                {
                    TrialRows.Read(chunk, trials);
                }
            }
        }

        return trials;
    }

    // The sort keeps the order of equal keys: of a trial recorded twice the first record stays.
    private static List<Trial> Sorted(List<Trial> trials)
    {
        List<Trial> sorted = new(trials.Count);
        foreach (Trial trial in trials.OrderBy(trial => trial.Id).ThenBy(trial => trial.Role))
        {
            if (sorted.Count == 0 || sorted[^1].Id != trial.Id || sorted[^1].Role != trial.Role)
            {
                sorted.Add(trial);
            }
        }

        return sorted;
    }
}
