namespace Search.Native.DuckDb;

/// <summary>A statement's result, read forward in chunks.</summary>
internal sealed class DuckDbResult : IDisposable
{
    private readonly ResultHandle _handle;

    /// <summary>Takes over a result.</summary>
    /// <param name="handle">The filled result, owned from here on.</param>
    public DuckDbResult(ResultHandle handle)
    {
        _handle = handle;
        DuckDbField[] columns = new DuckDbField[DuckDbApi.duckdb_column_count(handle)];
        for (int i = 0; i < columns.Length; i++)
        {
            using LogicalTypeHandle type = DuckDbApi.duckdb_column_logical_type(handle, (ulong)i);
            columns[i] = new DuckDbField(DuckDbApi.duckdb_column_name(handle, (ulong)i) ?? string.Empty, DuckDbType.Read(type));
        }

        Columns = columns;
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<DuckDbField> Columns { get; }

    /// <summary>Takes the next rows.</summary>
    /// <returns>A chunk for the caller to dispose, or null after the last.</returns>
    public DuckDbChunk? ReadChunk()
    {
        DataChunkHandle chunk = DuckDbApi.duckdb_fetch_chunk(_handle.Data);
        if (chunk.IsInvalid)
        {
            chunk.Dispose();
            return null;
        }

        return new DuckDbChunk(chunk, Columns);
    }

    /// <summary>Reads all remaining rows as objects (see <see cref="DuckDbValues.Read"/>).</summary>
    /// <returns>The rows.</returns>
    public IReadOnlyList<object?[]> ReadRows()
    {
        List<object?[]> rows = [];
        while (ReadChunk() is { } chunk)
        {
            using (chunk)
            {
                int first = rows.Count;
                rows.AddRange(Enumerable.Range(0, chunk.RowCount).Select(_ => new object?[Columns.Count]));
                for (int column = 0; column < Columns.Count; column++)
                {
                    DuckDbVector vector = chunk.Column(column);
                    for (int row = 0; row < chunk.RowCount; row++)
                    {
                        rows[first + row][column] = DuckDbValues.Read(vector, row);
                    }
                }
            }
        }

        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
