using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Search.Cli.Reports;

/// <summary>A page with charts: one file that needs no network.</summary>
internal static partial class ReportPage
{
    // The default encoder writes '<', '>' and '&' as \u escapes, so that no text of a study ends the script element that it is in.
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new ShortNumber() } };

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="title">What the window is called.</param>
    /// <param name="kind">The page's body and last script: <c>run</c> or <c>pairs</c>.</param>
    /// <param name="document">What it shows.</param>
    /// <returns>The file's length in bytes.</returns>
    /// <exception cref="SearchException">The file could not be written.</exception>
    public static long Write(string path, string title, string kind, object document)
    {
        // Every second part is the name of what stands there.
        string[] parts = Slot().Split(Resource("page.html"));
        AtomicFile.Write(path, stream =>
        {
            foreach ((int index, string part) in parts.Index())
            {
                if (index % 2 == 1 && part == "data")
                {
                    JsonSerializer.Serialize(stream, document, Json);
                    continue;
                }

                stream.Write(Encoding.UTF8.GetBytes(index % 2 == 0 ? part : part switch
                {
                    "title" => WebUtility.HtmlEncode(title),
                    "body" => Resource($"{kind}.html"),
                    "style" => Resource("page.css"),
                    "library" => Resource("echarts.min.js"),
                    "scripts" => string.Concat(Scripts(kind).Select(Resource)),
                    _ => throw new InvalidOperationException($"page.html has a slot '{part}', which nothing fills."),
                }));
            }
        });
        return new FileInfo(path).Length;
    }

    // In the order in which they need each other.
    private static string[] Scripts(string kind) => kind == "run"
        ? ["kit.js", "charts.js", "trials.js", "details.js", "convergence.js", "front.js", "parallel.js", "heatmap.js", "trust.js", "times.js", "tables.js", "compare.js", "run.js"]
        : ["kit.js", "charts.js", "heatmap.js", "pairs.js"];

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Reports/{name}") ?? throw new InvalidOperationException($"the program has no resource 'Reports/{name}'.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Slot();

    // Seven digits are more than a chart shows, and a third of the file. JSON has no NaN.
    private sealed class ShortNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteRawValue(value.ToString("G7", CultureInfo.InvariantCulture));
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
