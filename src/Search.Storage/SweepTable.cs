using System.Globalization;
using Search.Native.DuckDb;

namespace Search.Storage;

/// <summary>Writes and reads <c>runs.parquet</c>, which says which settings each run of a sweep has: a column a key, numbers where all of its values are.</summary>
public static class SweepTable
{
    /// <summary>The file's name within a sweep's folder.</summary>
    public const string FileName = "runs.parquet";

    /// <summary>The column of the runs' names.</summary>
    internal const string RunId = "run_id";

    /// <summary>Writes or replaces the table, whole or not at all.</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <param name="rows">The runs, in the sweep's order.</param>
    /// <exception cref="StorageException">The file could not be written.</exception>
    public static void Write(string folder, IReadOnlyList<SweepRow> rows) =>
        DurableFile.Write(Path.Combine(Path.GetFullPath(folder), FileName), temporary => Copy(temporary, rows));

    /// <summary>Reads the table.</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <returns>The runs, in the sweep's order; a run without a key lacks the setting.</returns>
    /// <exception cref="StorageException">The file is missing or damaged.</exception>
    public static IReadOnlyList<SweepRow> Read(string folder)
    {
        string path = Path.Combine(Path.GetFullPath(folder), FileName);
        try
        {
            using DuckDbConnection connection = ParquetEngine.OpenSmall();
            using DuckDbResult result = connection.Query($"SELECT * FROM {ParquetEngine.Read([path])}");
            string[] keys = [.. result.Columns.Select(column => column.Name).Skip(1)];
            return [.. result.ReadRows().Select(row => new SweepRow(
                (string)row[0]!,
                [.. keys.Zip(row.Skip(1)).Where(cell => cell.Second is not null).Select(cell => KeyValuePair.Create(cell.First, QueryResultFormat.Text(cell.Second)!))]))];
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            throw new StorageException(path, $"cannot be read: {StorageException.FirstLine(exception)}", exception);
        }
    }

    private static void Copy(string path, IReadOnlyList<SweepRow> rows)
    {
        string[] keys = [.. rows.SelectMany(row => row.Settings).Select(setting => setting.Key).Distinct()];
        string?[][] values = [.. rows.Select(row => keys.Select(row.Value).ToArray())];
        IEnumerable<string> definitions = keys.Select((key, column) => $"{ParquetEngine.Name(key)} {TypeOf([.. values.Select(row => row[column]).OfType<string>()])}");
        using DuckDbConnection connection = ParquetEngine.OpenSmall();
        connection.Execute($"CREATE TABLE runs ({string.Join(", ", definitions.Prepend($"{RunId} VARCHAR"))})");
        foreach ((SweepRow row, string?[] cells) in rows.Zip(values))
        {
            connection.Execute($"INSERT INTO runs VALUES ({string.Join(", ", cells.Prepend(row.RunId).Select(cell => cell is null ? "NULL" : ParquetEngine.Literal(cell)))})");
        }

        connection.Execute(ParquetEngine.Copy("runs", path));
    }

    private static string TypeOf(IReadOnlyList<string> values) =>
        values.All(value => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) ? "BIGINT"
        : values.All(value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)) ? "DOUBLE"
        : "VARCHAR";
}
