using System.CommandLine;
using System.CommandLine.Parsing;
using Search.Cli.Rendering;
using Search.Cli.Reports;
using Search.Merging;
using Search.Merging.Comparison;

namespace Search.Cli.Commands;

/// <summary>What <c>inspect --pair</c> takes and does: compares experts by their task vectors.</summary>
internal sealed class PairInspection
{
    private readonly Option<bool> _pair = new("--pair") { Description = "Compare experts: the first FILE is the base, the others are experts of it." };
    private readonly Option<string> _by = new("--by") { Description = "With --pair: what has a row of its own.", DefaultValueFactory = _ => "block" };
    private readonly Option<double> _density = new("--density") { Description = "With --pair: the fraction of each tensor's elements whose overlap is measured.", DefaultValueFactory = _ => 0.2 };
    private readonly Option<string[]> _private = new("--private") { Description = "With --pair: a regular expression of tensors to leave out, such as heads; may be repeated.", HelpName = "REGEX" };
    private readonly Option<string?> _csv = new("--csv") { Description = "With --pair: write every number to a file.", HelpName = "FILE" };
    private readonly Option<string?> _html = new("--html") { Description = "With --pair: write heat-maps to an HTML file that needs no network.", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "With --pair: print one JSON object." };

    public PairInspection() => _by.AcceptOnlyFromAmong("tensor", "block", "model");

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> Options => [_pair, _by, _density, _private, _csv, _html, _json];

    /// <summary>Whether a command line asks for it.</summary>
    public bool IsAsked(ParseResult parsed) => parsed.GetValue(_pair);

    /// <summary>Refuses command lines that make no sense.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="files">How many files it names.</param>
    public void Validate(CommandResult result, int files)
    {
        if (!result.GetValue(_pair))
        {
            if (files > 1)
            {
                result.AddError($"inspect: takes one file, got {files}; with --pair a base and its experts.");
            }
            else if (Options.FirstOrDefault(option => option != _pair && result.GetResult(option) is { Implicit: false }) is { } lone)
            {
                result.AddError($"inspect: {lone.Name} goes with --pair.");
            }
        }
        else if (files < 2)
        {
            result.AddError("inspect: --pair takes a base and at least one expert, got one file.");
        }
        else if (result.GetResult(_density) is { Implicit: false } given && given.GetValueOrDefault<double>() is not (> 0 and <= 1) and var density)
        {
            result.AddError($"inspect: --density must be above 0 and at most 1, got {density}.");
        }
    }

    /// <summary>Compares.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="files">The base and its experts.</param>
    public void Run(ParseResult parsed, IReadOnlyList<string> files)
    {
        string[] names = Names(files.Skip(1));
        using ModelFamily family = ModelFamily.Open(files[0], names.Zip(files.Skip(1), KeyValuePair.Create), parsed.GetValue(_private) ?? []);
        string by = parsed.GetRequiredValue(_by);
        var blocks = new TensorBlocks(TensorBlocks.DefaultPatterns);
        var comparison = ModelComparison.Of(TaskVectors.Mapped(family), name => by == "block" ? blocks.Name(name) : name, parsed.GetValue(_density));
        var report = new ComparisonReport(comparison, by, parsed.GetValue(_density));
        if (parsed.GetValue(_csv) is { } csv)
        {
            AtomicFile.WriteAllText(Path.GetFullPath(csv), report.ToCsv());
        }

        if (parsed.GetValue(_html) is { } html)
        {
            ReportPage.Write(Path.GetFullPath(html), $"{Path.GetFileName(files[0])} · {string.Join(", ", names)}", "pairs", new { Base = files[0], Comparison = report.ToDocument() });
        }

        if (parsed.GetValue(_json))
        {
            Terminal.Out.WriteLine(report.ToJson());
        }
        else
        {
            Terminal.Tables.Write(report.ToTables());
        }
    }

    // A file's name, or its folder's where that says more; the whole path where two would be the same.
    private static string[] Names(IEnumerable<string> files)
    {
        string[] paths = [.. files];
        string[] names = [.. paths.Select(path => Path.GetFullPath(path)).Select(path =>
            Path.GetFileName(path).StartsWith("model.", StringComparison.Ordinal) ? Path.GetFileName(Path.GetDirectoryName(path)!) : Directory.Exists(path) ? Path.GetFileName(path) : Path.GetFileNameWithoutExtension(path))];
        return names.Distinct().Count() == names.Length ? names : paths;
    }
}
