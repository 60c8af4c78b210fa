namespace Search.Native.DuckDb;

/// <summary>A prepared statement.</summary>
internal sealed class DuckDbStatement : IDisposable
{
    private readonly PreparedStatementHandle _handle;

    private DuckDbStatement(PreparedStatementHandle handle) => _handle = handle;

    /// <summary>What the statement does.</summary>
    public DuckDbStatementKind Kind => DuckDbApi.duckdb_prepared_statement_type(_handle);

    /// <summary>Prepares one of several parsed statements.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="statements">The parsed statements.</param>
    /// <param name="index">Which one.</param>
    /// <returns>The statement.</returns>
    /// <exception cref="NativeException">DuckDB's words.</exception>
    public static DuckDbStatement Prepare(ConnectionHandle connection, ExtractedStatementsHandle statements, ulong index)
    {
        nint raw = 0;
        try
        {
            DuckDbApi.duckdb_prepare_extracted_statement(connection, statements, index, ref raw);
            return new DuckDbStatement(new PreparedStatementHandle(raw));
        }
        catch (NativeException exception)
        {
            throw Refused(raw, exception);
        }
    }

    /// <summary>Prepares a statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sql">One statement.</param>
    /// <returns>The statement.</returns>
    /// <exception cref="NativeException">DuckDB's words.</exception>
    public static DuckDbStatement Prepare(ConnectionHandle connection, string sql)
    {
        nint raw = 0;
        try
        {
            DuckDbApi.duckdb_prepare(connection, sql, ref raw);
            return new DuckDbStatement(new PreparedStatementHandle(raw));
        }
        catch (NativeException exception)
        {
            throw Refused(raw, exception);
        }
    }

    /// <summary>Wraps the statement so that columns of types that cannot be read are cast to text.</summary>
    /// <param name="sql">The statement's text.</param>
    /// <returns>The wrapping statement, or null where every column can be read or the statement is not a SELECT.</returns>
    public string? AsText(string sql)
    {
        DuckDbType[] types = Kind == DuckDbStatementKind.Select ? [.. ColumnTypes()] : [];
        if (types.All(type => type.IsReadable))
        {
            return null;
        }

        // Columns by position: names may repeat. The line break ends a comment on the statement's last line.
        IEnumerable<string> columns = types.Select((type, i) =>
            $"{(type.IsReadable ? $"#{i + 1}" : $"CAST(#{i + 1} AS VARCHAR)")} AS \"{ColumnName(i).Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        return $"SELECT {string.Join(", ", columns)} FROM ({sql.TrimEnd().TrimEnd(';')}\n)";
    }

    /// <summary>Runs the statement.</summary>
    /// <returns>The result, for the caller to dispose.</returns>
    /// <exception cref="NativeException">DuckDB's words.</exception>
    public DuckDbResult Execute()
    {
        ResultHandle result = new();
        try
        {
            DuckDbApi.duckdb_execute_prepared(_handle, result);
            return new DuckDbResult(result);
        }
        catch (NativeException)
        {
            using (result)
            {
                throw DuckDbConnection.Failure(DuckDbApi.duckdb_result_error(result), DuckDbApi.duckdb_result_error_type(result));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static NativeException Refused(nint raw, NativeException exception)
    {
        using PreparedStatementHandle failed = new(raw);
        return DuckDbConnection.Failure(failed.IsInvalid ? null : DuckDbApi.duckdb_prepare_error(failed), exception.Code);
    }

    private string ColumnName(int column) => DuckDbApi.duckdb_prepared_statement_column_name(_handle, (ulong)column) ?? string.Empty;

    private IEnumerable<DuckDbType> ColumnTypes()
    {
        ulong count = DuckDbApi.duckdb_prepared_statement_column_count(_handle);
        for (ulong i = 0; i < count; i++)
        {
            using LogicalTypeHandle type = DuckDbApi.duckdb_prepared_statement_column_logical_type(_handle, i);
            yield return DuckDbType.Read(type);
        }
    }
}
