using System.Globalization;

namespace Search.Storage;

/// <summary>What a run's races scored, beside what they would have without losers.</summary>
/// <param name="Candidates">How many candidates raced.</param>
/// <param name="Dropped">How many of them lost on the way.</param>
/// <param name="Examples">How many examples were scored for them, over all tasks.</param>
/// <param name="Whole">How many they have together.</param>
public sealed record RaceCost(long Candidates, long Dropped, long Examples, long Whole)
{
    // Rungs say how many examples they added, task by task.
    private const string Sums = """
        WITH each AS (SELECT trial_id, sum(list_sum(list_transform(list_filter(map_entries(scores), lambda one: ends_with(one.key, '/examples')), lambda one: one.value))) AS examples FROM rungs GROUP BY trial_id)
        SELECT count(*), count(*) FILTER (state = 'pruned'), sum(examples)::BIGINT, (count(*) * max(examples) FILTER (state = 'complete'))::BIGINT FROM each JOIN trials USING (trial_id) WHERE role = 'search'
        """;

    /// <summary>The share of the examples that was scored, above 0 and at most 1.</summary>
    public double Share => (double)Examples / Whole;

    /// <summary>Reads a run directory without touching it, also while another process writes there.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <param name="warn">Hears a sentence about each file that cannot be read and is left out.</param>
    /// <returns>The cost, or null where no race has come to an end.</returns>
    /// <exception cref="StorageException">The directory is no run's, or DuckDB cannot be loaded.</exception>
    public static RaceCost? Read(string runDirectory, Action<string>? warn = null)
    {
        using RunQuery query = RunQuery.Open(runDirectory, warn);
        IReadOnlyList<object?> sums = query.Execute(Sums).Rows.Single();
        return sums[3] is long whole ? new RaceCost((long)sums[0]!, (long)sums[1]!, (long)sums[2]!, whole) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Candidates} candidates, {Dropped} of them dropped on the way; {Examples:N0} of {Whole:N0} examples scored ({100 * Share:0.0} %)");
}
