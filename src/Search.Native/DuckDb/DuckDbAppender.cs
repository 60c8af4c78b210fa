namespace Search.Native.DuckDb;

/// <summary>
/// Appends rows to a table through a data chunk, column by column in the table's order.
/// To drop rows, dispose it inside a transaction and roll back: disposing alone may still send what was appended.
/// </summary>
internal sealed class DuckDbAppender : IDisposable
{
    private readonly AppenderHandle _appender;
    private readonly DataChunkHandle _chunk;
    private readonly DuckDbType[] _types;
    private readonly int _capacity = (int)DuckDbApi.duckdb_vector_size();
    private int _row;
    private int _column;

    /// <summary>Starts appending.</summary>
    /// <param name="connection">The connection; it must outlive the appender.</param>
    /// <param name="table">The table, in the default schema.</param>
    /// <exception cref="NativeException">There is no such table.</exception>
    public DuckDbAppender(ConnectionHandle connection, string table)
    {
        _appender = Create(connection, table);
        LogicalTypeHandle[] types = new LogicalTypeHandle[DuckDbApi.duckdb_appender_column_count(_appender)];
        for (int i = 0; i < types.Length; i++)
        {
            types[i] = DuckDbApi.duckdb_appender_column_type(_appender, (ulong)i);
        }

        try
        {
            _types = Array.ConvertAll(types, DuckDbType.Read);
            _chunk = DuckDbApi.duckdb_create_data_chunk(Array.ConvertAll(types, type => type.DangerousGetHandle()), (ulong)types.Length);
        }
        finally
        {
            Array.ForEach(types, type => type.Dispose());
        }
    }

    /// <summary>Appends NULL.</summary>
    public void AppendNull()
    {
        if (_column == _types.Length)
        {
            throw new InvalidOperationException($"A row has {_types.Length} columns.");
        }

        DuckDbVectorWriter.Null(Vector(_column++), _row);
    }

    /// <summary>Appends an INTEGER.</summary>
    /// <param name="value">The value, or null.</param>
    public void Append(int? value) => AppendFixed(value, DuckDbTypeId.Integer);

    /// <summary>Appends a BIGINT.</summary>
    /// <param name="value">The value, or null.</param>
    public void Append(long? value) => AppendFixed(value, DuckDbTypeId.BigInt);

    /// <summary>Appends a DOUBLE.</summary>
    /// <param name="value">The value, or null.</param>
    public void Append(double? value) => AppendFixed(value, DuckDbTypeId.Double);

    /// <summary>Appends a TIMESTAMP.</summary>
    /// <param name="microseconds">Microseconds since 1970, UTC.</param>
    public void AppendTimestamp(long microseconds) => AppendFixed<long>(microseconds, DuckDbTypeId.Timestamp);

    /// <summary>Appends a VARCHAR.</summary>
    /// <param name="value">The text, or null.</param>
    public void Append(string? value)
    {
        if (value is null)
        {
            AppendNull();
            return;
        }

        DuckDbVectorWriter.Text(Next(DuckDbTypeId.Varchar), _row, value);
    }

    /// <summary>Appends a DOUBLE[].</summary>
    /// <param name="values">The elements, or null.</param>
    public void Append(IReadOnlyList<double>? values)
    {
        if (values is null)
        {
            AppendNull();
            return;
        }

        DuckDbVectorWriter.Doubles(Next(DuckDbTypeId.List, DuckDbTypeId.Double), _row, values);
    }

    /// <summary>Appends a VARCHAR[].</summary>
    /// <param name="values">The elements.</param>
    public void Append(IReadOnlyList<string> values) =>
        DuckDbVectorWriter.Texts(Next(DuckDbTypeId.List, DuckDbTypeId.Varchar), _row, values);

    /// <summary>Appends a MAP(VARCHAR, DOUBLE).</summary>
    /// <param name="pairs">The pairs in the order to store; names must differ.</param>
    public void Append(IReadOnlyList<KeyValuePair<string, double>> pairs) =>
        DuckDbVectorWriter.NamedDoubles(Next(DuckDbTypeId.Map, DuckDbTypeId.Varchar, DuckDbTypeId.Double), _row, pairs);

    /// <summary>Appends a MAP(VARCHAR, DOUBLE[]).</summary>
    /// <param name="pairs">The pairs in the order to store; names must differ.</param>
    public void Append(IReadOnlyList<KeyValuePair<string, IReadOnlyList<double>>> pairs) =>
        DuckDbVectorWriter.NamedLists(Next(DuckDbTypeId.Map, DuckDbTypeId.Varchar, DuckDbTypeId.List), _row, pairs);

    /// <summary>Ends a row.</summary>
    /// <exception cref="NativeException">DuckDB's words.</exception>
    public void EndRow()
    {
        if (_column != _types.Length)
        {
            throw new InvalidOperationException($"A row has {_types.Length} columns, this one {_column}.");
        }

        _column = 0;
        if (++_row == _capacity)
        {
            SendChunk();
        }
    }

    /// <summary>Makes the rows so far visible to the connection.</summary>
    /// <exception cref="NativeException">DuckDB's words.</exception>
    public void Flush()
    {
        SendChunk();
        Checked(() => DuckDbApi.duckdb_appender_flush(_appender));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _chunk.Dispose();
        _appender.Dispose();
    }

    private static AppenderHandle Create(ConnectionHandle connection, string table)
    {
        nint raw = 0;
        try
        {
            DuckDbApi.duckdb_appender_create(connection, null, table, ref raw);
            return new AppenderHandle(raw);
        }
        catch (NativeException exception)
        {
            using AppenderHandle failed = new(raw);
            throw DuckDbConnection.Failure(failed.IsInvalid ? null : DuckDbApi.duckdb_appender_error(failed), exception.Code);
        }
    }

    private void SendChunk()
    {
        if (_row > 0)
        {
            DuckDbApi.duckdb_data_chunk_set_size(_chunk, (ulong)_row);
            Checked(() => DuckDbApi.duckdb_append_data_chunk(_appender, _chunk));
            DuckDbApi.duckdb_data_chunk_reset(_chunk);
            _row = 0;
        }
    }

    private void Checked(Func<CheckedState> call)
    {
        try
        {
            call();
        }
        catch (NativeException exception)
        {
            throw DuckDbConnection.Failure(DuckDbApi.duckdb_appender_error(_appender), exception.Code);
        }
    }

    private void AppendFixed<T>(T? value, DuckDbTypeId id)
        where T : unmanaged
    {
        if (value is { } present)
        {
            DuckDbVectorWriter.Fixed(Next(id), _row, present);
        }
        else
        {
            AppendNull();
        }
    }

    // The type is checked because a wrong width would write into foreign memory.
    private nint Next(DuckDbTypeId id, params ReadOnlySpan<DuckDbTypeId> parts)
    {
        DuckDbType? type = _column < _types.Length ? _types[_column] : null;
        bool matches = type?.Id == id && type.Parts.Count >= parts.Length;
        for (int i = 0; matches && i < parts.Length; i++)
        {
            matches = type!.Parts[i].Type.Id == parts[i];
        }

        return matches
            ? Vector(_column++)
            : throw new InvalidOperationException($"Column {_column} of {_types.Length} is {(type is null ? "absent" : type)} and got {id}.");
    }

    private nint Vector(int column) => DuckDbApi.duckdb_data_chunk_get_vector(_chunk, (ulong)column);
}
