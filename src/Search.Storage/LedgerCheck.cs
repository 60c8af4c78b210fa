using Search.Native.DuckDb;

namespace Search.Storage;

/// <summary>Whether the Parquet library is there and computes what it should.</summary>
/// <param name="Version">The library's version.</param>
/// <param name="Path">Where it was found.</param>
/// <param name="Correct">Whether a sum over a table came out right.</param>
public sealed record LedgerCheck(string Version, string Path, bool Correct)
{
    /// <summary>Loads DuckDB and sums the numbers from 1 to 1000.</summary>
    /// <exception cref="Native.NativeException">The library is nowhere; the message lists the places tried.</exception>
    public static LedgerCheck DuckDb()
    {
        DuckDbDescription library = DuckDbLibrary.Describe();
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();
        using DuckDbResult result = connection.Query("SELECT sum(i)::BIGINT FROM range(1, 1001) AS numbers(i)");
        return new LedgerCheck(library.Version, library.Path, result.ReadRows().Single()[0] is 500500L);
    }
}
