using Search.Native.DuckDb;

namespace Search.Storage;

/// <summary>Writes <c>coefficients.parquet</c>, which says what the numbers of a coefficient vector stand for.</summary>
public static class CoefficientTable
{
    /// <summary>The file's name within a run directory.</summary>
    public const string FileName = "coefficients.parquet";

    private const string Definitions =
        "index INTEGER, name VARCHAR, expert VARCHAR, block VARCHAR, tensors VARCHAR[], start BIGINT, length BIGINT, lower DOUBLE, upper DOUBLE, initial DOUBLE, shares DOUBLE[]";

    /// <summary>Writes or replaces the table, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">The rows in order of index.</param>
    /// <exception cref="StorageException">The file could not be written.</exception>
    public static void Write(string path, IReadOnlyList<CoefficientRow> rows) =>
        DurableFile.Write(Path.GetFullPath(path), temporary => Copy(temporary, rows));

    private static void Copy(string path, IReadOnlyList<CoefficientRow> rows)
    {
        using DuckDbConnection connection = ParquetEngine.OpenSmall();
        connection.Execute($"CREATE TABLE coefficients ({Definitions})");
        using (DuckDbAppender appender = connection.Append("coefficients"))
        {
            foreach (CoefficientRow row in rows)
            {
                appender.Append((int?)row.Index);
                appender.Append(row.Name);
                appender.Append(row.Expert);
                appender.Append(row.Block);
                appender.Append(row.Tensors);
                appender.Append(row.Start);
                appender.Append(row.Length);
                appender.Append((double?)row.Lower);
                appender.Append((double?)row.Upper);
                appender.Append((double?)row.Initial);
                appender.Append(row.Shares);
                appender.EndRow();
            }

            appender.Flush();
        }

        connection.Execute(ParquetEngine.Copy("coefficients", path));
    }
}
