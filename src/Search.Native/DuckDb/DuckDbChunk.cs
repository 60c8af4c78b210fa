namespace Search.Native.DuckDb;

/// <summary>Some rows of a result, in DuckDB's memory until disposed.</summary>
/// <param name="handle">The chunk, owned from here on.</param>
/// <param name="columns">The result's columns.</param>
internal sealed class DuckDbChunk(DataChunkHandle handle, IReadOnlyList<DuckDbField> columns) : IDisposable
{
    private readonly DataChunkHandle _handle = handle;
    private readonly IReadOnlyList<DuckDbField> _columns = columns;

    /// <summary>How many rows.</summary>
    public int RowCount { get; } = (int)DuckDbApi.duckdb_data_chunk_get_size(handle);

    /// <summary>Looks at a column.</summary>
    /// <param name="column">The column's index.</param>
    /// <returns>The column; not to be used after the chunk is disposed.</returns>
    public DuckDbVector Column(int column) => new(DuckDbApi.duckdb_data_chunk_get_vector(_handle, (ulong)column), _columns[column].Type);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
