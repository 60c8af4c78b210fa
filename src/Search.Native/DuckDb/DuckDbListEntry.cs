using System.Runtime.InteropServices;

namespace Search.Native.DuckDb;

/// <summary>The C struct <c>duckdb_list_entry</c>: a row's elements within the list's child vector.</summary>
/// <param name="Offset">The first element's index.</param>
/// <param name="Length">How many elements.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct DuckDbListEntry(ulong Offset, ulong Length);
