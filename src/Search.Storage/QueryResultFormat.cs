using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Search.Storage;

/// <summary>Writes query results for people and programs; lists, maps and structs are JSON in every format.</summary>
public static class QueryResultFormat
{
    private const string Microseconds = "yyyy-MM-dd HH:mm:ss.FFFFFF";

    /// <summary>The rows as text for the cells of a table: NULL is empty.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The cells, row by row.</returns>
    public static IEnumerable<IReadOnlyList<string>> Table(QueryResult result) =>
        result.Rows.Select(row => row.Select(value => Text(value) ?? string.Empty).ToArray());

    /// <summary>Writes comma-separated values (RFC 4180, line feeds) under a header; NULL is an empty field, an empty text is <c>""</c>.</summary>
    /// <param name="result">The result.</param>
    /// <param name="writer">Where to.</param>
    public static void Csv(QueryResult result, TextWriter writer)
    {
        writer.Write(string.Join(',', result.Columns.Select(column => Field(column.Name))) + "\n");
        foreach (IReadOnlyList<object?> row in result.Rows)
        {
            writer.Write(string.Join(',', row.Select(value => Text(value) is { } text ? Field(text) : string.Empty)) + "\n");
        }
    }

    /// <summary>Writes a JSON array with an object a row, a line each; NaN and infinities are null, which JSON has no numbers for.</summary>
    /// <param name="result">The result.</param>
    /// <param name="writer">Where to.</param>
    public static void Json(QueryResult result, TextWriter writer)
    {
        string[] names = [.. Distinct(result.Columns.Select(column => column.Name))];
        string separator = "\n";
        writer.Write('[');
        foreach (IReadOnlyList<object?> row in result.Rows)
        {
            StringBuilder line = new(separator);
            AppendObject(line, names.Zip(row, (name, value) => new KeyValuePair<object, object?>(name, value)));
            writer.Write(line);
            separator = ",\n";
        }

        writer.Write("\n]\n");
    }

    /// <summary>A value as text for a cell.</summary>
    /// <param name="value">A value of a <see cref="QueryResult"/>.</param>
    /// <returns>The text, or null for NULL.</returns>
    public static string? Text(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag ? "true" : "false",
        DateTime time => time.ToString(Microseconds, CultureInfo.InvariantCulture) + (time.Kind == DateTimeKind.Utc ? "+00" : string.Empty),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Array => AppendJson(new StringBuilder(), value).ToString(),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private static string Field(string text) =>
        text.Length == 0 || text.AsSpan().IndexOfAny("\",\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static StringBuilder AppendJson(StringBuilder json, object? value) => value switch
    {
        null or double.NaN or double.PositiveInfinity or double.NegativeInfinity => json.Append("null"),
        float.NaN or float.PositiveInfinity or float.NegativeInfinity => json.Append("null"),
        KeyValuePair<object, object?>[] pairs => AppendObject(json, pairs),
        object?[] elements => AppendArray(json, elements),
        string or DateTime or DateOnly => AppendText(json, Text(value)!),
        _ => json.Append(Text(value)),
    };

    private static StringBuilder AppendObject(StringBuilder json, IEnumerable<KeyValuePair<object, object?>> pairs)
    {
        string separator = string.Empty;
        json.Append('{');
        foreach ((object name, object? value) in pairs)
        {
            AppendText(json.Append(separator), Text(name)!).Append(": ");
            AppendJson(json, value);
            separator = ", ";
        }

        return json.Append('}');
    }

    private static StringBuilder AppendArray(StringBuilder json, object?[] elements)
    {
        json.Append('[');
        for (int i = 0; i < elements.Length; i++)
        {
            AppendJson(json.Append(i == 0 ? string.Empty : ", "), elements[i]);
        }

        return json.Append(']');
    }

    // Relaxed: the text goes to a terminal or a file, never into HTML.
    private static StringBuilder AppendText(StringBuilder json, string text) =>
        json.Append('"').Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)).Append('"');

    // An object's names differ; columns' may repeat.
    private static IEnumerable<string> Distinct(IEnumerable<string> names)
    {
        HashSet<string> taken = new(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string distinct = name;
            for (int i = 1; !taken.Add(distinct); i++)
            {
                distinct = string.Create(CultureInfo.InvariantCulture, $"{name}_{i}");
            }

            yield return distinct;
        }
    }
}
