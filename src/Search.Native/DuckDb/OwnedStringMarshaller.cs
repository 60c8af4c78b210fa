using System.Runtime.InteropServices.Marshalling;

namespace Search.Native.DuckDb;

/// <summary>Reads text that DuckDB allocated for the caller, and frees it with <c>duckdb_free</c>.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedOut, typeof(OwnedStringMarshaller))]
internal static unsafe class OwnedStringMarshaller
{
    /// <summary>Copies the text.</summary>
    /// <param name="text">UTF-8 ending in a zero byte, or null.</param>
    /// <returns>The copy.</returns>
    public static string? ConvertToManaged(byte* text) => Utf8StringMarshaller.ConvertToManaged(text);

    /// <summary>Frees DuckDB's copy.</summary>
    /// <param name="text">The text, or null.</param>
    public static void Free(byte* text) => DuckDbApi.duckdb_free((nint)text);

    /// <summary>Copies a text and frees DuckDB's copy.</summary>
    /// <param name="text">The text, not null.</param>
    /// <returns>The copy.</returns>
    public static string? Take(nint text)
    {
        try
        {
            return ConvertToManaged((byte*)text);
        }
        finally
        {
            Free((byte*)text);
        }
    }
}
