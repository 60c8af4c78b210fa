using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage;

/// <summary>A ledger in brief: its searched candidates counted, and the trials that a summary of it names; found where they lie, without the others in memory.</summary>
/// <param name="Searched">How many candidates the search proposed.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Failures">The first reasons why, with how many failed for each.</param>
/// <param name="Trials">
/// References, labelled trials, those with rows on other than search data, the best on search data, the first of those that recommended ones repeat,
/// and the first that went without a task, with all their rows; of a study with several objectives, every trial.
/// </param>
public sealed record LedgerBrief(long Searched, long Failed, IReadOnlyList<(string? Reason, long Count)> Failures, IReadOnlyList<Trial> Trials)
{
    private const int Reasons = 5;

    // How many trials with the very objectives of a recommended one are looked through for its coefficients.
    private const int Repeats = 100;

    // Searched candidates; those that were scored on a few examples say how many.
    private const string Candidates = "FROM trials WHERE role = 'search' AND strategy <> 'reference' AND label IS NULL";
    private const string Scored = $"{Candidates} AND state = 'complete'";
    private const string IsPartial = "len(list_filter(map_keys(scores), lambda key: ends_with(key, '/examples'))) > 0";

    private static readonly string Named = $"""
        SELECT trial_id FROM trials WHERE strategy = 'reference' OR label IS NOT NULL OR role <> 'search'
        UNION (SELECT trial_id {Scored} AND NOT {IsPartial} ORDER BY objectives[1], trial_id LIMIT 1)
        UNION (SELECT trial_id {Scored} AND {IsPartial} ORDER BY objectives[1], trial_id LIMIT 1)
        UNION (SELECT trial_id {Scored} AND objectives[1] IN (SELECT objectives[1] FROM trials WHERE label = 'recommended' AND role = 'search') ORDER BY trial_id LIMIT {Repeats})
        UNION (SELECT min(trial_id) FROM (SELECT trial_id, unnest(list_filter(map_keys(scores), lambda key: ends_with(key, '/stopped'))) AS task FROM trials WHERE generation IS NOT NULL) GROUP BY task)
        """;

    /// <summary>Reads a run directory without touching it, also while another process writes there.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <param name="warn">Hears a sentence about each file that cannot be read and is left out.</param>
    /// <exception cref="StorageException">The folder of trials cannot be read.</exception>
    public static LedgerBrief Read(string runDirectory, Action<string>? warn = null)
    {
        using LedgerParts ledger = LedgerParts.ForReading(runDirectory, warn);
        return ledger.Read(parts => Read(ledger, parts));
    }

    private static LedgerBrief Read(LedgerParts ledger, IReadOnlyList<TrialPart> parts)
    {
        using DuckDbConnection connection = ledger.OpenLarge();
        connection.Execute($"CREATE VIEW ledger AS {(parts.Count == 0 ? TrialColumns.Empty : TrialPartSet.Rows(parts))}");
        connection.Execute($"CREATE VIEW trials AS SELECT * FROM ledger WHERE {TrialColumns.IsEnd}");
        object?[] counts = Rows(connection, $"SELECT count(*), count(*) FILTER (state = 'failed'), coalesce(max(len(objectives)), 0) {Candidates}")[0];
        (string?, long)[] failures = [.. Rows(connection, $"SELECT reason, count(*) {Candidates} AND state = 'failed' GROUP BY reason ORDER BY min(trial_id) LIMIT {Reasons}")
            .Select(row => ((string?)row[0], (long)row[1]!))];
        string ids = string.Join(", ", Rows(connection, Named).Select(row => row[0]));
        string where = (long)counts[2]! > 1 ? "" : ids.Length == 0 ? " WHERE false" : $" WHERE trial_id IN ({ids})";
        return new LedgerBrief((long)counts[0]!, (long)counts[1]!, failures, TrialReader.ReadAll(connection, $"SELECT {TrialColumns.Names} FROM trials{where}"));
    }

    private static IReadOnlyList<object?[]> Rows(DuckDbConnection connection, string sql)
    {
        using DuckDbResult result = connection.Query(sql);
        return result.ReadRows();
    }
}
