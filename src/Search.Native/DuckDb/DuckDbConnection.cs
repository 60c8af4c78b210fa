namespace Search.Native.DuckDb;

/// <summary>A connection to an in-memory database of its own. One thread at a time.</summary>
internal sealed class DuckDbConnection : IDisposable
{
    private readonly DatabaseHandle _database;
    private readonly ConnectionHandle _connection;

    private DuckDbConnection(DatabaseHandle database, ConnectionHandle connection)
    {
        _database = database;
        _connection = connection;
    }

    /// <summary>Opens an empty in-memory database.</summary>
    /// <param name="options">DuckDB's settings by name, such as <c>threads</c> and <c>memory_limit</c>.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="NativeException">The library is nowhere, or it refuses a setting.</exception>
    public static DuckDbConnection OpenInMemory(params IEnumerable<KeyValuePair<string, string>> options)
    {
        using ConfigHandle config = new();
        foreach ((string name, string value) in options)
        {
            try
            {
                DuckDbApi.duckdb_set_config(config, name, value);
            }
            catch (NativeException exception) when (exception.Code != 0)
            {
                throw new NativeException(DuckDbLibrary.Name, exception.Code, $"duckdb has no setting '{name}' that can be '{value}'");
            }
        }

        DatabaseHandle database = Open(config);
        try
        {
            nint connection = 0;
            DuckDbApi.duckdb_connect(database, ref connection);
            return new DuckDbConnection(database, new ConnectionHandle(connection));
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements and drops their results.</summary>
    /// <param name="sql">One or more statements.</param>
    /// <exception cref="NativeException">DuckDB's words.</exception>
    public void Execute(string sql)
    {
        using ResultHandle result = new();
        try
        {
            DuckDbApi.duckdb_query(_connection, sql, result);
        }
        catch (NativeException)
        {
            throw Failure(DuckDbApi.duckdb_result_error(result), DuckDbApi.duckdb_result_error_type(result));
        }
    }

    /// <summary>Runs statements one by one and gives the last one's result; columns of types that cannot be read come as text.</summary>
    /// <param name="sql">One or more statements.</param>
    /// <param name="inspect">Called before each statement is run, with its kind; what it throws ends the query.</param>
    /// <returns>The result, for the caller to dispose.</returns>
    /// <exception cref="NativeException">DuckDB's words.</exception>
    public DuckDbResult Query(string sql, Action<DuckDbStatementKind>? inspect = null)
    {
        nint raw = 0;
        ulong count = DuckDbApi.duckdb_extract_statements(_connection, sql, ref raw);
        using ExtractedStatementsHandle statements = new(raw);
        if (count == 0)
        {
            throw Failure(DuckDbApi.duckdb_extract_statements_error(statements) ?? "there is no statement to run", 1);
        }

        for (ulong index = 0; ; index++)
        {
            using DuckDbStatement statement = DuckDbStatement.Prepare(_connection, statements, index);
            inspect?.Invoke(statement.Kind);
            if (index + 1 < count)
            {
                statement.Execute().Dispose();
            }
            else if (count == 1 && statement.AsText(sql) is { } readable)
            {
                using DuckDbStatement cast = DuckDbStatement.Prepare(_connection, readable);
                return cast.Execute();
            }
            else
            {
                return statement.Execute();
            }
        }
    }

    /// <summary>Starts appending rows to a table.</summary>
    /// <param name="table">The table, in the default schema.</param>
    /// <returns>The appender, for the caller to dispose.</returns>
    /// <exception cref="NativeException">There is no such table.</exception>
    public DuckDbAppender Append(string table) => new(_connection, table);

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    /// <summary>The error for a reason that DuckDB gave.</summary>
    /// <param name="reason">DuckDB's words.</param>
    /// <param name="code">DuckDB's error type.</param>
    /// <returns>The error.</returns>
    internal static NativeException Failure(string? reason, int code) =>
        new(DuckDbLibrary.Name, code, reason ?? "duckdb refused a call and gave no reason");

    private static DatabaseHandle Open(ConfigHandle config)
    {
        nint database = 0;
        nint error = 0;
        try
        {
            DuckDbApi.duckdb_open_ext(":memory:", ref database, config, ref error);
            return new DatabaseHandle(database);
        }
        catch (NativeException exception) when (error != 0)
        {
            throw Failure(OwnedStringMarshaller.Take(error), exception.Code);
        }
    }
}
