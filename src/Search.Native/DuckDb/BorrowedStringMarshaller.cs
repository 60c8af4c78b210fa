using System.Runtime.InteropServices.Marshalling;

namespace Search.Native.DuckDb;

/// <summary>Reads text that DuckDB owns and frees: versions, column names, errors of results.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedOut, typeof(BorrowedStringMarshaller))]
internal static unsafe class BorrowedStringMarshaller
{
    /// <summary>Copies the text.</summary>
    /// <param name="text">UTF-8 ending in a zero byte, or null.</param>
    /// <returns>The copy.</returns>
    public static string? ConvertToManaged(byte* text) => Utf8StringMarshaller.ConvertToManaged(text);
}
