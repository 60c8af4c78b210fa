using Search.Evaluation;
using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage;

/// <summary>Trials as rows of <see cref="TrialColumns"/> and back.</summary>
internal static class TrialRows
{
    private static readonly string[] Roles = ["search", "select", "report"];
    private static readonly string[] States = ["running", "complete", "pruned", "failed"];

    /// <summary>Appends a trial as a row.</summary>
    /// <param name="row">An appender of a table with the ledger's columns.</param>
    /// <param name="runId">The run's id.</param>
    /// <param name="trial">The trial.</param>
    public static void Append(DuckDbAppender row, string runId, Trial trial)
    {
        row.Append(runId);
        row.Append((long?)trial.Id);
        row.Append(trial.Parent);
        row.Append(trial.Strategy);
        row.Append(trial.Generation);
        row.Append(trial.Label);
        row.Append(Roles[(int)trial.Role]);
        row.Append(States[(int)trial.State]);
        row.Append(trial.Reason);
        row.Append((int?)trial.Fidelity);
        row.Append((long?)trial.Seed);
        row.Append(trial.Coefficients);
        row.Append(trial.Objectives);
        row.Append(trial.Scores.OrderBy(score => score.Key, StringComparer.Ordinal).ToArray());
        row.Append(trial.Blocks.OrderBy(score => score.Key, StringComparer.Ordinal).ToArray());
        row.Append(trial.Gradient);
        row.AppendTimestamp((trial.StartedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        row.Append((double?)trial.MergeMs);
        row.Append((double?)trial.ForwardMs);
        row.Append((double?)trial.BackwardMs);
        row.Append((double?)trial.ObjectiveMs);
        row.Append((long?)trial.Bytes);
        row.Append(trial.Engine);
        row.Append(trial.Device);
        row.Append(trial.Rung);
        row.Append((int?)TrialColumns.SchemaVersion);
        row.EndRow();
    }

    /// <summary>Reads a chunk's rows.</summary>
    /// <param name="chunk">A chunk of a result with the ledger's columns.</param>
    /// <param name="trials">Gets the trials.</param>
    /// <param name="words">Texts read so far: what repeats from row to row is kept once.</param>
    /// <exception cref="FormatException">A role or a state has no meaning here.</exception>
    public static void Read(DuckDbChunk chunk, List<Trial> trials, Dictionary<string, string> words)
    {
        string Once(string text) => words.TryAdd(text, text) ? text : words[text];
        for (int row = 0; row < chunk.RowCount; row++)
        {
            trials.Add(new Trial
            {
                Id = chunk.Column(1).Int64(row),
                Parent = chunk.Column(2).IsNull(row) ? null : chunk.Column(2).Int64(row),
                Strategy = Once(chunk.Column(3).Text(row)),
                Generation = chunk.Column(4).IsNull(row) ? null : chunk.Column(4).Int32(row),
                Label = chunk.Column(5).IsNull(row) ? null : Once(chunk.Column(5).Text(row)),
                Role = (DataRole)IndexOf(Roles, chunk.Column(6).Text(row), "role"),
                State = (TrialState)IndexOf(States, chunk.Column(7).Text(row), "state"),
                Reason = chunk.Column(8).IsNull(row) ? null : Once(chunk.Column(8).Text(row)),
                Fidelity = chunk.Column(9).Int32(row),
                Seed = chunk.Column(10).Int64(row),
                Coefficients = chunk.Column(11).Doubles(row),
                Objectives = chunk.Column(12).Doubles(row),
                Scores = chunk.Column(13).NamedDoubles(row).ToDictionary(score => Once(score.Key), score => score.Value, StringComparer.Ordinal),
                Blocks = new Dictionary<string, IReadOnlyList<double>>(chunk.Column(14).NamedLists(row), StringComparer.Ordinal),
                Gradient = chunk.Column(15).IsNull(row) ? null : chunk.Column(15).Doubles(row),
                StartedAt = DateTimeOffset.UnixEpoch.AddTicks(chunk.Column(16).Microseconds(row) * TimeSpan.TicksPerMicrosecond),
                MergeMs = chunk.Column(17).Double(row),
                ForwardMs = chunk.Column(18).Double(row),
                BackwardMs = chunk.Column(19).Double(row),
                ObjectiveMs = chunk.Column(20).Double(row),
                Bytes = chunk.Column(21).Int64(row),
                Engine = Once(chunk.Column(22).Text(row)),
                Device = Once(chunk.Column(23).Text(row)),
                Rung = chunk.Column(24).IsNull(row) ? null : chunk.Column(24).Int32(row),
            });
        }
    }

    private static int IndexOf(string[] words, string word, string column)
    {
        int index = Array.IndexOf(words, word);
        return index >= 0 ? index : throw new FormatException($"{column} '{word}' is none of {string.Join(", ", words)}");
    }
}
