using Search.Native.DuckDb;

namespace Search.Storage;

/// <summary>Opens DuckDB for Parquet work and writes the SQL that several classes share.</summary>
internal static class ParquetEngine
{
    /// <summary>How many files one statement reads at most: DuckDB keeps every reader until the statement ends, about 60 KB each for trials.</summary>
    public const int FilesAtOnce = 256;

    // Bounds what a writer holds: rows are buffered until a group is full.
    private const int RowGroupSize = 16384;

    // Nothing is fetched from a network, written beside the working folder, or kept of files that may be replaced.
    private static readonly KeyValuePair<string, string>[] Closed =
    [
        new("autoinstall_known_extensions", "false"),
        new("autoload_known_extensions", "false"),
        new("temp_directory", string.Empty),
        new("enable_external_file_cache", "false"),
    ];

    /// <summary>Opens a connection that lives as long as a run beside the evaluator: one thread, little memory.</summary>
    /// <returns>The connection.</returns>
    public static DuckDbConnection OpenSmall() =>
        DuckDbConnection.OpenInMemory([.. Closed, new("threads", "1"), new("memory_limit", "256MiB")]);

    /// <summary>Opens a connection that may use the machine's cores and memory.</summary>
    /// <returns>The connection.</returns>
    public static DuckDbConnection OpenLarge() => DuckDbConnection.OpenInMemory(Closed);

    /// <summary>A text as an SQL literal.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The literal, quoted.</returns>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A text as the name of a column.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The name, quoted.</returns>
    public static string Name(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The table function that reads Parquet files one after the other.</summary>
    /// <param name="paths">At least one file.</param>
    /// <returns>The call, for a FROM clause.</returns>
    /// <param name="settings">Further settings of the function, each after a comma.</param>
    /// <remarks>A folder named <c>a=b</c> is no partition here.</remarks>
    public static string Read(IEnumerable<string> paths, string settings = "") =>
        $"read_parquet([{string.Join(", ", paths.Select(path => Literal(EscapeGlob(path))))}], hive_partitioning = false{settings})";

    /// <summary>The statement that writes a Parquet file.</summary>
    /// <param name="source">A table, or a query in parentheses.</param>
    /// <param name="path">The file.</param>
    /// <returns>The statement.</returns>
    public static string Copy(string source, string path) =>
        $"COPY {source} TO {Literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {RowGroupSize}, USE_TMP_FILE false)";

    // A character that DuckDB would expand stands for itself in brackets.
    private static string EscapeGlob(string path) =>
        string.Concat(path.Select(letter => letter is '*' or '?' or '[' ? $"[{letter}]" : letter.ToString()));
}
