using Search.Native;
using Search.Native.DuckDb;

namespace Search.Storage;

/// <summary>
/// SQL over a run directory, whose files are the views <c>trials</c>, <c>coefficients</c> and <c>pareto</c> (the last two where the file exists).
/// Statements that would write files are refused; tables made by a query live in memory until the query is disposed.
/// </summary>
public sealed class RunQuery : IDisposable
{
    private const int Attempts = 3;

    private static readonly string[] Tables = ["coefficients", "pareto"];

    // What DuckDB says of the SQL itself; a statement that cannot be prepared has no better code than 1.
    private static readonly string[] WrongSql = ["Parser Error", "Catalog Error", "Binder Error", "there is no statement"];

    private readonly string _runDirectory;
    private readonly LedgerParts _ledger;
    private DuckDbConnection _connection;
    private TrialPartSet _parts;

    private RunQuery(string runDirectory, LedgerParts ledger, DuckDbConnection connection)
    {
        _runDirectory = runDirectory;
        _ledger = ledger;
        _connection = connection;
        _parts = ledger.Scan();
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

        LedgerParts ledger = LedgerParts.ForReading(path, warn);
        DuckDbConnection? connection = null;
        try
        {
            connection = ParquetEngine.OpenLarge();
            RunQuery query = new(path, ledger, connection);
            query.CreateViews();
            return query;
        }
        catch (Exception exception)
        {
            ledger.Dispose();
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
                if (WrongSql.Any(start => exception.Message.StartsWith(start, StringComparison.Ordinal)) || !Refresh(attempt))
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
        _ledger.Dispose();
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

    private bool Refresh(int attempt)
    {
        TrialPartSet now = _ledger.Scan();
        if (now.IsSameAs(_parts))
        {
            if (!_ledger.RejectUnreadable(now))
            {
                return false;
            }

            // Rows that cannot be read may have left DuckDB unwilling to go on.
            _connection.Dispose();
            _connection = _ledger.OpenLarge();
        }

        _parts = _ledger.Scan();
        CreateViews();
        return attempt < Attempts;
    }

    private void CreateViews()
    {
        string trials = _parts.Current.Count == 0
            ? TrialColumns.Empty
            : TrialPartSet.Rows(_parts.Current);
        _connection.Execute($"CREATE OR REPLACE VIEW trials AS {trials}");
        foreach (string table in Tables)
        {
            string path = Path.Combine(_runDirectory, table + ".parquet");
            if (File.Exists(path))
            {
                _connection.Execute($"CREATE OR REPLACE VIEW {table} AS SELECT * FROM {ParquetEngine.Read([path])}");
            }
        }
    }
}
