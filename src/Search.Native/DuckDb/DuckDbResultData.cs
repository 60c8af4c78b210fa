using System.Runtime.InteropServices;

namespace Search.Native.DuckDb;

/// <summary>The C struct <c>duckdb_result</c>: five retired fields and a pointer of DuckDB's own.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct DuckDbResultData
{
    private readonly ulong _columnCount;
    private readonly ulong _rowCount;
    private readonly ulong _rowsChanged;
    private readonly nint _columns;
    private readonly nint _errorMessage;
    private readonly nint _internalData;
}
