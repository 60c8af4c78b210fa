using System.Globalization;
using System.Text;
using System.Text.Json;
using Search.Merging.Comparison;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Search.Cli.Rendering;

/// <summary>How experts compare, for people and for programs.</summary>
/// <param name="comparison">What was found.</param>
/// <param name="level">What its groups are: <c>tensor</c>, <c>block</c> or <c>model</c>.</param>
/// <param name="density">The fraction of elements whose overlap was measured.</param>
internal sealed class ComparisonReport(ModelComparison comparison, string level, double density)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    // The groups, and the whole model unless it is the one group.
    private IEnumerable<VectorComparison> Rows => level == "model" ? [comparison.Model] : comparison.Groups.Append(comparison.Model);

    /// <summary>Two tables: each expert against the base, and each pair of experts.</summary>
    public IRenderable ToTables()
    {
        Table vectors = Table("task vectors", comparison.Experts);
        Table pairs = Table("pairs", comparison.Pairs.Select(pair => $"{comparison.Experts[pair.A]} · {comparison.Experts[pair.B]}"));
        pairs.AddColumn(new TableColumn("conflict").RightAligned());
        foreach (VectorComparison row in Rows)
        {
            vectors.AddRow([Title(row), .. comparison.Experts.Select((_, k) => $"{Short(row.Norm(k), "0.####")} ({Short(row.RelativeNorm(k), "0.0000")}){(row.Zero(k) > 0 ? $", {Short(row.Zero(k), "0.0%")} zero" : "")}")]);
            pairs.AddRow([Title(row), .. comparison.Pairs.Select(pair => $"{Short(row.Cosine(pair.A, pair.B), "0.0000")} ({Short(row.Overlap(pair.A, pair.B), "0.000")})"), Short(row.Conflict, "0.000")]);
        }

        Text legend = new("‖τ‖ (‖τ‖ / ‖θ₀‖), and the share of elements that were left as they are\n");
        return comparison.Experts.Count == 1 ? new Rows(vectors, legend) : new Rows(
            vectors, legend, pairs,
            new Text(string.Create(CultureInfo.InvariantCulture, $"cosine of two task vectors (overlap of the largest {density:0.##%} of each tensor, |A ∩ B| / |A ∪ B|); conflict: elements that some raise and others lower\n")));
    }

    /// <summary>One JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(ToDocument(), Json);

    /// <summary>What <see cref="ToJson"/> writes.</summary>
    public object ToDocument() =>
        new { comparison.Experts, By = level, Density = density, Groups = level == "model" ? [] : comparison.Groups.Select(Describe), Model = Describe(comparison.Model) };

    /// <summary>One number a line, with what it is of; empty where there is none.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("level,group,elements,measure,expert,other,value\n");
        foreach (VectorComparison row in Rows)
        {
            void Line(string measure, string expert, string other, double? value) => text.AppendJoin(
                ',', row == comparison.Model ? "model" : level, Quote(row.Name), row.Elements.ToString(CultureInfo.InvariantCulture), measure, Quote(expert), Quote(other), Finite(value)?.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
            foreach ((int k, string expert) in comparison.Experts.Index())
            {
                Line("norm", expert, "", row.Norm(k));
                Line("relative_norm", expert, "", row.RelativeNorm(k));
                Line("zero", expert, "", row.Zero(k));
            }

            foreach ((int a, int b) in comparison.Pairs)
            {
                Line("cosine", comparison.Experts[a], comparison.Experts[b], row.Cosine(a, b));
                Line("overlap", comparison.Experts[a], comparison.Experts[b], row.Overlap(a, b));
                Line("sign_conflict", comparison.Experts[a], comparison.Experts[b], row.SignConflict(a, b));
            }

            Line("sign_conflict", "", "", row.Conflict);
        }

        return text.ToString();
    }

    private static Table Table(string title, IEnumerable<string> columns)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(title);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned());
        }

        return table;
    }

    private static string Title(VectorComparison row) => row.Name.Length == 0 ? "whole model" : Markup.Escape(row.Name);

    private static string Short(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    // JSON has no other numbers.
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static string Quote(string text) => text.AsSpan().IndexOfAny(",\"\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private object Describe(VectorComparison row) => new
    {
        row.Name,
        row.Elements,
        BaseNorm = Finite(row.BaseNorm),
        SignConflict = row.Conflict,
        Vectors = comparison.Experts.Select((expert, k) => new { Expert = expert, Norm = Finite(row.Norm(k)), RelativeNorm = Finite(row.RelativeNorm(k)), Zero = row.Zero(k) }),
        Pairs = comparison.Pairs.Select(pair => new
        {
            Expert = comparison.Experts[pair.A],
            Other = comparison.Experts[pair.B],
            Cosine = Finite(row.Cosine(pair.A, pair.B)),
            Overlap = row.Overlap(pair.A, pair.B),
            SignConflict = row.SignConflict(pair.A, pair.B),
        }),
    };
}
