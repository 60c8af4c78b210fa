using System.Globalization;
using Search.Controller;
using Search.Evaluation;
using Search.Native.DuckDb;
using Search.Results;
using Search.Results.Fronts;

namespace Search.Storage;

/// <summary>A ledger in brief: its searched candidates counted, and the trials that a summary of it names; found where they lie, without the others in memory.</summary>
/// <param name="Searched">How many candidates the search proposed.</param>
/// <param name="Failed">How many of them failed.</param>
/// <param name="Failures">The first reasons why, with how many failed for each.</param>
/// <param name="Scored">Of a study with several objectives, the candidates on search data that can be compared; else null.</param>
/// <param name="Trials">
/// References, labelled trials, those with rows on other than search data, the best on search data or, with several objectives, those that none
/// dominates there, the first of those that recommended ones repeat, and the first that went without a task; with all their rows.
/// </param>
public sealed record LedgerBrief(long Searched, long Failed, IReadOnlyList<(string? Reason, long Count)> Failures, ScoredCandidates? Scored, IReadOnlyList<Trial> Trials)
{
    private const int Reasons = 5;

    // How many trials with the very objectives of a recommended one are looked through for its coefficients.
    private const int Repeats = 100;

    // Searched candidates; those that were scored on a few examples say how many.
    private const string Candidates = "FROM trials WHERE role = 'search' AND strategy <> 'reference' AND label IS NULL";
    private const string Complete = $"{Candidates} AND state = 'complete'";
    private const string IsPartial = "len(list_filter(map_keys(scores), lambda key: ends_with(key, '/examples'))) > 0";

    private static readonly string Named = $"""
        SELECT trial_id FROM trials WHERE strategy = 'reference' OR label IS NOT NULL OR role <> 'search'
        UNION (SELECT trial_id {Complete} AND NOT {IsPartial} ORDER BY objectives[1], trial_id LIMIT 1)
        UNION (SELECT trial_id {Complete} AND {IsPartial} ORDER BY objectives[1], trial_id LIMIT 1)
        UNION (SELECT trial_id {Complete} AND objectives[1] IN (SELECT objectives[1] FROM trials WHERE label = 'recommended' AND role = 'search') ORDER BY trial_id LIMIT {Repeats})
        UNION (SELECT min(trial_id) FROM (SELECT trial_id, unnest(list_filter(map_keys(scores), lambda key: ends_with(key, '/stopped'))) AS task FROM trials WHERE generation IS NOT NULL) GROUP BY task)
        """;

    /// <summary>Reads a run directory without touching it, also while another process writes there.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <param name="warn">Hears a sentence about each file that cannot be read and is left out.</param>
    /// <param name="study">The run's study, whose constraints say which candidates are feasible, of which the best are among the trials too; or null.</param>
    /// <exception cref="StorageException">The folder of trials cannot be read.</exception>
    public static LedgerBrief Read(string runDirectory, Action<string>? warn = null, StudyDefinition? study = null)
    {
        using LedgerParts ledger = LedgerParts.ForReading(runDirectory, warn);
        return ledger.Read(parts => Read(ledger, parts, study));
    }

    /// <summary>Reads what every searched candidate scored on search data, and nothing else of it.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <param name="warn">Hears a sentence about each file that cannot be read and is left out.</param>
    /// <returns>One score a candidate, in the order of their numbers.</returns>
    /// <exception cref="StorageException">The folder of trials cannot be read.</exception>
    public static IReadOnlyList<CandidateScore> ReadScores(string runDirectory, Action<string>? warn = null)
    {
        using LedgerParts ledger = LedgerParts.ForReading(runDirectory, warn);
        return ledger.Read(parts =>
        {
            using DuckDbConnection connection = Open(ledger, parts);
            return Scores(connection);
        });
    }

    private static LedgerBrief Read(LedgerParts ledger, IReadOnlyList<TrialPart> parts, StudyDefinition? study)
    {
        using DuckDbConnection connection = Open(ledger, parts);
        object?[] counts = Rows(connection, $"SELECT count(*), count(*) FILTER (state = 'failed'), coalesce(max(len(objectives)), 0) {Candidates}")[0];
        (string?, long)[] failures = [.. Rows(connection, $"SELECT reason, count(*) {Candidates} AND state = 'failed' GROUP BY reason ORDER BY min(trial_id) LIMIT {Reasons}")
            .Select(row => ((string?)row[0], (long)row[1]!))];
        CandidateScore[]? compared = (long)counts[2]! > 1 ? [.. Scores(connection).Where(score => score.IsComparable)] : null;
        double[][] vectors = [.. (compared ?? []).Select(candidate => candidate.Objectives!)];
        ScoredCandidates? scored = compared is null ? null : ScoredCandidates.Of(vectors);
        long[] named = [.. Rows(connection, Named).Select(row => (long)row[0]!).Union(Dominance.Front(vectors).Select(index => compared![index].Id))];
        IReadOnlyList<Trial> trials = RowsOf(connection, named);
        if (study is { Constraints.Count: > 0 } && (long)counts[0]! > 0)
        {
            trials = RowsOf(connection, [.. named.Union(Feasible(connection, compared, StudyConstraint.Bounds(study, trials, DataRole.Search)))]);
        }

        return new LedgerBrief((long)counts[0]!, (long)counts[1]!, failures, scored, trials);
    }

    private static IReadOnlyList<Trial> RowsOf(DuckDbConnection connection, long[] ids) => TrialReader.ReadAll(connection, $"SELECT {TrialColumns.Names} FROM trials WHERE {TrialReader.IsOneOf(ids)}");

    // The best of those that keep to bounds: of several objectives, those that none of them dominates.
    private static IEnumerable<long> Feasible(DuckDbConnection connection, CandidateScore[]? compared, IReadOnlyList<QuantityBound> bounds)
    {
        static string Number(double value) => $"CAST('{value.ToString("R", CultureInfo.InvariantCulture)}' AS DOUBLE)";
        static string Score(string key) => $"list_extract(list_filter(map_entries(scores), lambda one: one.key = '{key.Replace("'", "''", StringComparison.Ordinal)}'), 1).value";
        static string Value(BoundedQuantity quantity) =>
            quantity.Objective is { } index ? $"objectives[{index + 1}]" : string.Join(" + ", quantity.Terms.Select(term => $"{Number(term.Weight)} * {Score(term.Key)}"));
        string kept = $"{Complete} AND NOT {IsPartial} AND {string.Join(" AND ", bounds.Select(bound => $"{Value(bound.Quantity)} <= {Number(bound.Most)}"))}";
        if (compared is null)
        {
            return Rows(connection, $"SELECT trial_id {kept} ORDER BY objectives[1], trial_id LIMIT 1").Select(row => (long)row[0]!);
        }

        HashSet<long> feasible = [.. Rows(connection, $"SELECT trial_id {kept}").Select(row => (long)row[0]!)];
        CandidateScore[] candidates = [.. compared.Where(candidate => feasible.Contains(candidate.Id))];
        return Dominance.Front([.. candidates.Select(candidate => candidate.Objectives!)]).Select(index => candidates[index].Id);
    }

    private static DuckDbConnection Open(LedgerParts ledger, IReadOnlyList<TrialPart> parts)
    {
        DuckDbConnection connection = ledger.OpenLarge();
        try
        {
            connection.Execute($"CREATE VIEW ledger AS {(parts.Count == 0 ? TrialColumns.Empty : TrialPartSet.Rows(parts))}");
            connection.Execute($"CREATE VIEW trials AS SELECT * FROM ledger WHERE {TrialColumns.IsEnd}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // A trial recorded twice comes once.
    private static CandidateScore[] Scores(DuckDbConnection connection)
    {
        var scores = new List<(long Id, double[]? Objectives, bool IsPartial)>();
        using DuckDbResult result = connection.Query($"SELECT trial_id, CASE WHEN state = 'complete' THEN objectives END, ({IsPartial})::INTEGER {Candidates} ORDER BY trial_id");
        while (result.ReadChunk() is { } chunk)
        {
            using (chunk)
            {
                for (int row = 0; row < chunk.RowCount; row++)
                {
                    long id = chunk.Column(0).Int64(row);
                    if (scores.Count == 0 || scores[^1].Id != id)
                    {
                        scores.Add((id, chunk.Column(1).IsNull(row) ? null : chunk.Column(1).Doubles(row), chunk.Column(2).Int32(row) != 0));
                    }
                }
            }
        }

        bool hasWhole = scores.Any(score => score is { Objectives: not null, IsPartial: false })
            || Rows(connection, $"SELECT trial_id FROM trials WHERE role = 'search' AND strategy <> 'reference' AND state = 'complete' AND NOT {IsPartial} LIMIT 1").Count > 0;
        return [.. scores.Select(score => new CandidateScore(score.Id, score.Objectives, score.Objectives is not null && score.IsPartial != hasWhole))];
    }

    private static IReadOnlyList<object?[]> Rows(DuckDbConnection connection, string sql)
    {
        using DuckDbResult result = connection.Query(sql);
        return result.ReadRows();
    }
}
