using System.Runtime.InteropServices;

namespace Search.Native.DuckDb;

/// <summary>The loaded libduckdb.</summary>
internal static class DuckDbLibrary
{
    /// <summary>The library's name in imports and errors.</summary>
    public const string Name = "duckdb";

    /// <summary>The places libduckdb may lie in.</summary>
    public static NativeLibrarySpec Spec { get; } = new(
        Name,
        "SEARCH_DUCKDB",
        [$"@duckdb/node-bindings-linux-{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64")}/libduckdb.so"],
        "libduckdb.so",
        "run 'npm ci --ignore-scripts' in src/Search.Native, or set SEARCH_DUCKDB to the file");

    private static readonly Lazy<LocatedLibrary> Located = new(static () => NativeLibraryLocator.Load(Spec));

    /// <summary>The system's handle of the library.</summary>
    internal static nint Handle => Located.Value.Handle;

    /// <summary>Loads the library and says which one it is.</summary>
    /// <returns>File and version.</returns>
    /// <exception cref="NativeException">The library is nowhere.</exception>
    public static DuckDbDescription Describe() => new(Located.Value.Path, DuckDbApi.duckdb_library_version() ?? "unknown");
}
