using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage;

/// <summary>Reads the trials of a run directory without touching it, also while another process writes there.</summary>
public static class TrialReader
{
    /// <summary>Reads every recorded trial once, without the rungs of races, in the order of id then role.</summary>
    /// <param name="runDirectory">The run directory; without trials yet it has none.</param>
    /// <param name="warn">Hears a sentence about each file that cannot be read and is left out.</param>
    /// <returns>The trials.</returns>
    /// <exception cref="StorageException">The folder of trials cannot be read.</exception>
    public static IReadOnlyList<Trial> Read(string runDirectory, Action<string>? warn = null)
    {
        using LedgerParts ledger = LedgerParts.ForReading(runDirectory, warn);
        return [.. Read(ledger).Where(trial => trial.Rung is null)];
    }

    /// <summary>Reads all rows of some trials once, in the order of id then role, without the others in memory.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <param name="ids">The trials' numbers; those that are not recorded are left out.</param>
    /// <param name="warn">Hears a sentence about each file that cannot be read and is left out.</param>
    /// <returns>The trials.</returns>
    /// <exception cref="StorageException">The folder of trials cannot be read.</exception>
    public static IReadOnlyList<Trial> Read(string runDirectory, IReadOnlyCollection<long> ids, Action<string>? warn = null)
    {
        using LedgerParts ledger = LedgerParts.ForReading(runDirectory, warn);
        return Read(ledger, $" WHERE {TrialColumns.IsEnd} AND {IsOneOf(ids)}");
    }

    /// <summary>Reads a ledger's rows once, in the order of id, role and rung.</summary>
    /// <param name="ledger">The ledger, which rejects the parts that cannot be read.</param>
    /// <param name="where">Which rows, a clause of SQL; empty for all.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="StorageException">The folder of trials cannot be read.</exception>
    internal static IReadOnlyList<Trial> Read(LedgerParts ledger, string where = "") => ledger.Read(parts =>
    {
        using DuckDbConnection connection = ledger.OpenLarge();
        return Sorted([.. parts.Chunk(ParquetEngine.FilesAtOnce).SelectMany(group => Rows(connection, where.Length == 0 ? TrialPartSet.Rows(group) : $"SELECT * FROM ({TrialPartSet.Rows(group)}){where}"))]);
    });

    /// <summary>The condition that a row is of one of some trials.</summary>
    /// <param name="ids">Their numbers.</param>
    internal static string IsOneOf(IReadOnlyCollection<long> ids) => ids.Count == 0 ? "false" : $"trial_id IN ({string.Join(", ", ids)})";

    /// <summary>Reads the trials that a query gives, each once, in the order of id then role.</summary>
    /// <param name="connection">Runs it.</param>
    /// <param name="query">The query; its columns are <see cref="TrialColumns.Names"/>.</param>
    /// <returns>The trials.</returns>
    internal static IReadOnlyList<Trial> ReadAll(DuckDbConnection connection, string query) => Sorted(Rows(connection, query));

    private static List<Trial> Rows(DuckDbConnection connection, string query)
    {
        List<Trial> trials = [];
        Dictionary<string, string> words = [];
        using DuckDbResult result = connection.Query(query);
        while (result.ReadChunk() is { } chunk)
        {
            using (chunk)
            {
                TrialRows.Read(chunk, trials, words);
            }
        }

        return trials;
    }

    // The sort keeps the order of equal keys: of a trial recorded twice the first record stays.
    private static List<Trial> Sorted(List<Trial> trials)
    {
        List<Trial> sorted = new(trials.Count);
        foreach (Trial trial in trials.OrderBy(trial => trial.Id).ThenBy(trial => trial.Role).ThenBy(trial => trial.Rung))
        {
            if (sorted.Count == 0 || (sorted[^1].Id, sorted[^1].Role, sorted[^1].Rung) != (trial.Id, trial.Role, trial.Rung))
            {
                sorted.Add(trial);
            }
        }

        return sorted;
    }
}
