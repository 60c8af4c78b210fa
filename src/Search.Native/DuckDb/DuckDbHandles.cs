using System.Runtime.InteropServices;

namespace Search.Native.DuckDb;

/// <summary>A <c>duckdb_config</c>.</summary>
internal sealed class ConfigHandle : DuckDbHandle
{
    /// <summary>Creates an empty configuration.</summary>
    public ConfigHandle() => DuckDbApi.duckdb_create_config(ref handle);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbApi.duckdb_destroy_config(ref handle);
        return true;
    }
}

/// <summary>A <c>duckdb_database</c>.</summary>
internal sealed class DatabaseHandle : DuckDbHandle
{
    /// <summary>Owns an open database.</summary>
    /// <param name="database">What <c>duckdb_open_ext</c> gave.</param>
    public DatabaseHandle(nint database) => SetHandle(database);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbApi.duckdb_close(ref handle);
        return true;
    }
}

/// <summary>A <c>duckdb_connection</c>; it keeps its database's memory alive by itself.</summary>
internal sealed class ConnectionHandle : DuckDbHandle
{
    /// <summary>Owns an open connection.</summary>
    /// <param name="connection">What <c>duckdb_connect</c> gave.</param>
    public ConnectionHandle(nint connection) => SetHandle(connection);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbApi.duckdb_disconnect(ref handle);
        return true;
    }
}

/// <summary>A <c>duckdb_result</c>: unlike the other types the caller's memory, which DuckDB fills and empties.</summary>
internal sealed unsafe class ResultHandle : DuckDbHandle
{
    /// <summary>Allocates an empty result.</summary>
    public ResultHandle() => SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(DuckDbResultData)));

    /// <summary>The result's fields, for the functions that take them by value; valid until the handle is disposed.</summary>
    public DuckDbResultData Data => *(DuckDbResultData*)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbApi.duckdb_destroy_result(handle);
        NativeMemory.Free((void*)handle);
        return true;
    }
}

/// <summary>A <c>duckdb_extracted_statements</c>.</summary>
internal sealed class ExtractedStatementsHandle : DuckDbHandle
{
    /// <summary>Owns parsed statements.</summary>
    /// <param name="statements">What <c>duckdb_extract_statements</c> gave.</param>
    public ExtractedStatementsHandle(nint statements) => SetHandle(statements);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbApi.duckdb_destroy_extracted(ref handle);
        return true;
    }
}

/// <summary>A <c>duckdb_prepared_statement</c>.</summary>
internal sealed class PreparedStatementHandle : DuckDbHandle
{
    /// <summary>Owns a prepared statement.</summary>
    /// <param name="statement">What a prepare function gave, also when it failed: the reason is inside.</param>
    public PreparedStatementHandle(nint statement) => SetHandle(statement);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbApi.duckdb_destroy_prepare(ref handle);
        return true;
    }
}

/// <summary>A <c>duckdb_logical_type</c>.</summary>
internal sealed class LogicalTypeHandle : DuckDbHandle
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbApi.duckdb_destroy_logical_type(ref handle);
        return true;
    }
}

/// <summary>A <c>duckdb_data_chunk</c>; its vectors live as long as it.</summary>
internal sealed class DataChunkHandle : DuckDbHandle
{
    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        DuckDbApi.duckdb_destroy_data_chunk(ref handle);
        return true;
    }
}

/// <summary>A <c>duckdb_appender</c>.</summary>
internal sealed class AppenderHandle : DuckDbHandle
{
    /// <summary>Owns an appender.</summary>
    /// <param name="appender">What <c>duckdb_appender_create</c> gave, also when it failed: the reason is inside.</param>
    public AppenderHandle(nint appender) => SetHandle(appender);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = DuckDbApi.duckdb_appender_destroy(ref handle);
        return true;
    }
}
