using Search.Native;
using Search.Native.DuckDb;

namespace Search.Storage;

/// <summary>
/// SQL over a run directory, whose files are the views <c>trials</c>, <c>rungs</c> (of races), <c>coefficients</c> and <c>pareto</c> (the last two where the file exists);
/// or over a sweep's folder, where they are those of all of its runs and <c>runs</c> says what each run is.
/// Statements that would write files are refused; tables made by a query live in memory until the query is disposed.
/// </summary>
public sealed class RunQuery : IDisposable
{
    private static readonly string[] Tables = ["coefficients", "pareto"];

    // What DuckDB says of the SQL itself, or of values that it does not suit; a statement that cannot be prepared has no better code than 1.
    private static readonly string[] WrongSql = ["Parser Error", "Catalog Error", "Binder Error", "Conversion Error", "Out of Range Error", "there is no statement"];

    // Parts are replaced once in 64 appends of a run, and no query is so slow that it meets this many in a row by chance.
    private const int Attempts = 5;

    private readonly string _path;
    private readonly IReadOnlyList<string> _runs;
    private readonly IReadOnlyList<KeyValuePair<string, string>>? _states; // of a sweep
    private readonly LedgerParts[] _ledgers;
    private DuckDbConnection _connection;
    private TrialPartSet[] _parts;

    private RunQuery(string path, IReadOnlyList<string> runs, IReadOnlyList<KeyValuePair<string, string>>? states, Action<string>? warn, DuckDbConnection connection)
    {
        _path = path;
        _runs = runs;
        _states = states;
        _ledgers = [.. runs.Select(run => LedgerParts.ForReading(run, warn))];
        _connection = connection;
        _parts = Scan();
    }

    /// <summary>Opens a run directory for queries, also while it is being written.</summary>
    /// <param name="runDirectory">The run directory.</param>
    /// <param name="warn">Hears a sentence about each file of trials that cannot be read and is left out.</param>
    /// <returns>The query, for the caller to dispose.</returns>
    /// <exception cref="StorageException">The directory is no run's, another file in it is unreadable, or DuckDB cannot be loaded.</exception>
    public static RunQuery Open(string runDirectory, Action<string>? warn = null)
    {
        string path = Path.GetFullPath(runDirectory);
        if (!Directory.Exists(Path.Combine(path, TrialPartSet.FolderName)))
        {
            throw new StorageException(path, $"is not a run directory: it has no folder '{TrialPartSet.FolderName}'");
        }

        return Open(path, [path], null, warn);
    }

    /// <summary>Opens a sweep's folder for queries, also while its runs are being written.</summary>
    /// <param name="folder">The sweep's folder, which holds <see cref="SweepTable.FileName"/>.</param>
    /// <param name="states">Each run's name and state; its folder has its name.</param>
    /// <param name="warn">Hears a sentence about each file of trials that cannot be read and is left out.</param>
    /// <returns>The query, for the caller to dispose.</returns>
    /// <exception cref="StorageException">A file in it is unreadable, or DuckDB cannot be loaded.</exception>
    public static RunQuery OpenSweep(string folder, IReadOnlyList<KeyValuePair<string, string>> states, Action<string>? warn = null)
    {
        string path = Path.GetFullPath(folder);
        return Open(path, [.. states.Select(run => Path.Combine(path, run.Key))], states, warn);
    }

    private static RunQuery Open(string path, IReadOnlyList<string> runs, IReadOnlyList<KeyValuePair<string, string>>? states, Action<string>? warn)
    {
        DuckDbConnection? connection = null;
        RunQuery? query = null;
        try
        {
            connection = ParquetEngine.OpenLarge();
            query = new RunQuery(path, runs, states, warn, connection);
            query.CreateViews();
            return query;
        }
        catch (Exception exception)
        {
            query?.Dispose();
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
                // A compaction may have replaced the parts under the view, or the rows of one cannot be read.
                if (WrongSql.Any(start => exception.Message.StartsWith(start, StringComparison.Ordinal)) || attempt == Attempts || !Refresh())
                {
                    throw new SearchException(StorageException.FirstLine(exception), exception);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        Array.ForEach(_ledgers, ledger => ledger.Dispose());
    }

    // EXPORT is refused too, but DuckDB has made its empty folder while it prepared the statement.
    private static void Inspect(DuckDbStatementKind kind)
    {
        if (kind is DuckDbStatementKind.Copy or DuckDbStatementKind.Export or DuckDbStatementKind.Attach or DuckDbStatementKind.Load)
        {
            string verb = kind.ToString().ToUpperInvariant();
            throw new SearchException($"A query only reads, and {verb} does more; write the result with --format csv or json.");
        }
    }

    // False where the parts are there and can be read, so that the reason is another.
    private bool Refresh()
    {
        if (_parts.All(run => run.Current.All(part => File.Exists(part.Path))))
        {
            bool isChanged = false;
            foreach ((LedgerParts ledger, TrialPartSet parts) in _ledgers.Zip(_parts))
            {
                isChanged |= ledger.RejectUnreadable(parts);
            }

            if (!isChanged)
            {
                return false;
            }

            // Rows that cannot be read may have left DuckDB unwilling to go on.
            _connection.Dispose();
            _connection = _ledgers[0].OpenLarge();
        }

        CreateViews();
        return true;
    }

    private TrialPartSet[] Scan() => [.. _ledgers.Select(ledger => ledger.Scan())];

    private static bool AreSame(TrialPartSet[] some, TrialPartSet[] others) => some.Zip(others).All(pair => pair.First.IsSameAs(pair.Second));

    // To create a view is to open its files, which a compaction may have replaced since they were listed.
    private void CreateViews()
    {
        while (true)
        {
            _parts = Scan();
            try
            {
                Create();
                return;
            }
            catch (NativeException) when (!AreSame(Scan(), _parts))
            {
            }
        }
    }

    private void Create()
    {
        TrialPart[] parts = [.. _parts.SelectMany(run => run.Current)];
        string rows = parts.Length == 0 ? TrialColumns.Empty : TrialPartSet.Rows(parts);
        _connection.Execute($"CREATE OR REPLACE VIEW trials AS SELECT * FROM ({rows}) WHERE {TrialColumns.IsEnd}");
        _connection.Execute($"CREATE OR REPLACE VIEW rungs AS SELECT * FROM ({rows}) WHERE NOT ({TrialColumns.IsEnd})");
        foreach (string table in Tables)
        {
            string[] files = [.. _runs.Select(run => Path.Combine(run, table + ".parquet")).Where(File.Exists)];
            if (files.Length > 0)
            {
                string all = _states is not null
                    ? $"SELECT split_part(filename, '/', -2) AS {SweepTable.RunId}, * EXCLUDE (filename) FROM {ParquetEngine.Read(files, ", filename = true")}"
                    : $"SELECT * FROM {ParquetEngine.Read(files)}";
                _connection.Execute($"CREATE OR REPLACE VIEW {table} AS {all}");
            }
        }

        if (_states is not null)
        {
            CreateRuns(Path.Combine(_path, SweepTable.FileName), _states);
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
            $"CREATE OR REPLACE TABLE runs AS SELECT {SweepTable.RunId}, state{string.Concat(keys)} FROM {file} JOIN (VALUES {string.Join(", ", values)}) AS states(name, state) ON {SweepTable.RunId} = name");
    }
}
