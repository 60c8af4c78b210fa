using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Search.Native.DuckDb;

/// <summary>DuckDB's C API (https://duckdb.org/docs/stable/clients/c/api), C names kept; this file: start-up and configuration.</summary>
/// <remarks>Functions that make an object which also carries the reason of their failure take <c>ref nint</c>: it is set even where the state throws.</remarks>
internal static partial class DuckDbApi
{
    static DuckDbApi() => NativeImports.Connect();

    [LibraryImport(DuckDbLibrary.Name)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    [return: MarshalUsing(typeof(BorrowedStringMarshaller))]
    internal static partial string? duckdb_library_version();

    [LibraryImport(DuckDbLibrary.Name)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial CheckedState duckdb_create_config(ref nint config);

    [LibraryImport(DuckDbLibrary.Name, StringMarshalling = StringMarshalling.Utf8)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial CheckedState duckdb_set_config(ConfigHandle config, string name, string option);

    [LibraryImport(DuckDbLibrary.Name)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial void duckdb_destroy_config(ref nint config);

    // The error is text for the caller to free; read it with OwnedText.
    [LibraryImport(DuckDbLibrary.Name, StringMarshalling = StringMarshalling.Utf8)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial CheckedState duckdb_open_ext(string path, ref nint database, ConfigHandle config, ref nint error);

    [LibraryImport(DuckDbLibrary.Name)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial void duckdb_close(ref nint database);

    [LibraryImport(DuckDbLibrary.Name)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial CheckedState duckdb_connect(DatabaseHandle database, ref nint connection);

    [LibraryImport(DuckDbLibrary.Name)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial void duckdb_disconnect(ref nint connection);

    [LibraryImport(DuckDbLibrary.Name)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    internal static partial void duckdb_free(nint memory);
}
