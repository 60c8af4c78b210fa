using Search.Benchmarks;
using Search.Native.DuckDb;

namespace Search.Storage;

/// <summary>Writes what benchmarks recorded, for notebooks and scripts.</summary>
public static class BenchmarkTable
{
    private const string Definitions = "suite VARCHAR, strategy VARCHAR, problem VARCHAR, dimension INTEGER, run INTEGER, metric VARCHAR, \"at\" DOUBLE, value DOUBLE";

    /// <summary>Finds out whether a file can be written, before the work whose results it is for; an earlier file of the name stays as it is.</summary>
    /// <param name="path">The file; its extension, <c>.parquet</c> or <c>.csv</c>, is its format.</param>
    /// <exception cref="StorageException">The file could not be written, or its extension is another.</exception>
    public static void Probe(string path)
    {
        string format = Format(path);
        DurableFile.Probe(Path.GetFullPath(path), temporary => Copy(temporary, format, []));
    }

    /// <summary>Writes or replaces a file, whole or not at all.</summary>
    /// <param name="path">The file; its extension, <c>.parquet</c> or <c>.csv</c>, is its format.</param>
    /// <param name="rows">The rows.</param>
    /// <exception cref="StorageException">The file could not be written, or its extension is another.</exception>
    public static void Write(string path, IReadOnlyList<BenchmarkRow> rows)
    {
        string format = Format(path);
        DurableFile.Write(Path.GetFullPath(path), temporary => Copy(temporary, format, rows));
    }

    private static string Format(string path) => Path.GetExtension(path) switch
    {
        ".parquet" => "parquet",
        ".csv" => "csv",
        _ => throw new StorageException(path, "must end in .parquet or .csv"),
    };

    private static void Copy(string path, string format, IReadOnlyList<BenchmarkRow> rows)
    {
        using DuckDbConnection connection = ParquetEngine.OpenSmall();
        connection.Execute($"CREATE TABLE benchmark ({Definitions})");
        using (DuckDbAppender appender = connection.Append("benchmark"))
        {
            foreach (BenchmarkRow row in rows)
            {
                appender.Append(row.Suite);
                appender.Append(row.Strategy);
                appender.Append(row.Problem);
                appender.Append((int?)row.Dimension);
                appender.Append((int?)row.Run);
                appender.Append(row.Metric);
                appender.Append(row.At);
                appender.Append(row.Value);
                appender.EndRow();
            }

            appender.Flush();
        }

        connection.Execute(format == "csv"
            ? $"COPY benchmark TO {ParquetEngine.Literal(path)} (FORMAT csv, HEADER, USE_TMP_FILE false)"
            : ParquetEngine.Copy("benchmark", path));
    }
}
