using Search.Native;
using Search.Native.DuckDb;

namespace Search.Storage;

/// <summary>
/// SQL over a run directory, whose files are the views <c>trials</c>, <c>coefficients</c> and <c>pareto</c> (the last two where the file exists);
/// or over a sweep's folder, where they are those of all of its runs and <c>runs</c> says what each run is.
/// Statements that would write files are refused; tables made by a query live in memory until the query is disposed.
/// </summary>
public sealed class RunQuery : IDisposable
{
    private const int Attempts = 3;

    private static readonly string[] Tables = ["coefficients", "pareto"];

    private readonly IReadOnlyList<string> _runs;
    private readonly bool _isSweep;
    private readonly DuckDbConnection _connection;
    private IReadOnlyList<TrialPartSet> _parts;

    private RunQuery(IReadOnlyList<string> runs, bool isSweep, DuckDbConnection connection)
    {
        _runs = runs;
        _isSweep = isSweep;
        _connection = connection;
        _parts = Scan();
    }

    /// <summary>Opens a run directory for queries, also while it is being written.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <returns>The query, for the caller to dispose.</returns>
    /// <exception cref="StorageException">The directory is no run's, a file in it is unreadable, or DuckDB cannot be loaded.</exception>
    public static RunQuery Open(string runDirectory)
    {
        string path = Path.GetFullPath(runDirectory);
        if (!Directory.Exists(Path.Combine(path, TrialPartSet.FolderName)))
        {
            throw new StorageException(path, $"is not a run directory: it has no folder '{TrialPartSet.FolderName}'");
        }

        return Open(path, [path], null);
    }

    /// <summary>Opens a sweep's folder for queries, also while its runs are being written.</summary>
    /// <param name="folder">The sweep's folder, which holds <see cref="SweepTable.FileName"/>.</param>
    /// <param name="states">Each run's name and state; its folder has its name.</param>
    /// <returns>The query, for the caller to dispose.</returns>
    /// <exception cref="StorageException">A file in it is unreadable, or DuckDB cannot be loaded.</exception>
    public static RunQuery OpenSweep(string folder, IReadOnlyList<KeyValuePair<string, string>> states)
    {
        string path = Path.GetFullPath(folder);
        return Open(path, [.. states.Select(run => Path.Combine(path, run.Key))], states);
    }

    private static RunQuery Open(string path, IReadOnlyList<string> runs, IReadOnlyList<KeyValuePair<string, string>>? states)
    {
        DuckDbConnection? connection = null;
        try
        {
            connection = ParquetEngine.OpenLarge();
            RunQuery query = new(runs, states is not null, connection);
            query.CreateViews();
            if (states is not null)
            {
                query.CreateRuns(Path.Combine(path, SweepTable.FileName), states);
            }

            return query;
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            if (exception is NativeException)
            {
                string reason = connection is null ? exception.Message : StorageException.FirstLine(exception);
                throw new StorageException(path, $"cannot be queried: {reason}", exception);
            }

            throw;
        }
    }

    /// <summary>Runs SQL.</summary>
    /// <param name="sql">One or more statements; the last one's result is given.</param>
    /// <returns>The result.</returns>
    /// <exception cref="SearchException">DuckDB refuses the SQL (its first line), or a statement would write files.</exception>
    public QueryResult Execute(string sql)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using DuckDbResult result = _connection.Query(sql, Inspect);
                return new QueryResult(
                    [.. result.Columns.Select(column => new QueryColumn(column.Name, column.Type.ToString()))],
                    result.ReadRows());
            }
            catch (NativeException exception)
            {
                // A compaction may have replaced the parts under the view.
                if (attempt == Attempts || !Refresh())
                {
                    throw new SearchException(StorageException.FirstLine(exception), exception);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    // EXPORT is refused too, but DuckDB has made its empty folder while it prepared the statement.
    private static void Inspect(DuckDbStatementKind kind)
    {
        if (kind is DuckDbStatementKind.Copy or DuckDbStatementKind.Export or DuckDbStatementKind.Attach or DuckDbStatementKind.Load)
        {
            string verb = kind.ToString().ToUpperInvariant();
            throw new SearchException($"A query only reads, and {verb} does more; write the result with --format csv or json.");
        }
    }

    private bool Refresh()
    {
        IReadOnlyList<TrialPartSet> now = Scan();
        if (now.Zip(_parts).All(pair => pair.First.IsSameAs(pair.Second)))
        {
            return false;
        }

        _parts = now;
        CreateViews();
        return true;
    }

    private TrialPartSet[] Scan() => [.. _runs.Select(run => TrialPartSet.Scan(Path.Combine(run, TrialPartSet.FolderName)))];

    private void CreateViews()
    {
        string[] parts = [.. _parts.SelectMany(run => run.Current).Select(part => part.Path)];
        string trials = parts.Length == 0 ? TrialColumns.Empty : $"SELECT * FROM {ParquetEngine.Read(parts)}";
        _connection.Execute($"CREATE OR REPLACE VIEW trials AS {trials}");
        foreach (string table in Tables)
        {
            string[] files = [.. _runs.Select(run => Path.Combine(run, table + ".parquet")).Where(File.Exists)];
            if (files.Length > 0)
            {
                string rows = _isSweep
                    ? $"SELECT split_part(filename, '/', -2) AS {SweepTable.RunId}, * EXCLUDE (filename) FROM {ParquetEngine.Read(files, ", filename = true")}"
                    : $"SELECT * FROM {ParquetEngine.Read(files)}";
                _connection.Execute($"CREATE OR REPLACE VIEW {table} AS {rows}");
            }
        }
    }

    // Column names without the dots of keys, so that they need no quotes.
    private void CreateRuns(string table, IReadOnlyList<KeyValuePair<string, string>> states)
    {
        string file = ParquetEngine.Read([table]);
        using DuckDbResult columns = _connection.Query($"SELECT * FROM {file} LIMIT 0");
        IEnumerable<string> keys = columns.Columns.Skip(1).Select(column => $", {ParquetEngine.Name(column.Name)} AS {ParquetEngine.Name(column.Name.Replace('.', '_'))}");
        IEnumerable<string> values = states.Select(run => $"({ParquetEngine.Literal(run.Key)}, {ParquetEngine.Literal(run.Value)})");
        _connection.Execute(
            $"CREATE TABLE runs AS SELECT {SweepTable.RunId}, state{string.Concat(keys)} FROM {file} JOIN (VALUES {string.Join(", ", values)}) AS states(name, state) ON {SweepTable.RunId} = name");
    }
}
