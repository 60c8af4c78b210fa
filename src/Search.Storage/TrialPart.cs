using System.Globalization;
using System.Text.RegularExpressions;

namespace Search.Storage;

/// <summary>A file of trials; its name carries the appends it holds.</summary>
/// <param name="Path">The file.</param>
/// <param name="First">The first append's number.</param>
/// <param name="Last">The last append's number, inclusive.</param>
internal sealed partial record TrialPart(string Path, long First, long Last)
{
    // No ledger comes near it, and the numbers after it still have names.
    private const long Most = 100_000_000_000_000_000;

    /// <summary>The version of its columns.</summary>
    public int Version { get; init; } = TrialColumns.SchemaVersion;

    /// <summary>The file of one append.</summary>
    /// <param name="folder">The folder of parts.</param>
    /// <param name="number">The append's number, from 0.</param>
    /// <returns>The part.</returns>
    public static TrialPart Of(string folder, long number) =>
        new(System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"part-{number:D8}.parquet")), number, number);

    /// <summary>The file that several appends are folded into.</summary>
    /// <param name="folder">The folder of parts.</param>
    /// <param name="first">The first append's number.</param>
    /// <param name="last">The last append's number, inclusive.</param>
    /// <returns>The part.</returns>
    public static TrialPart Of(string folder, long first, long last) =>
        new(System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"part-{first:D8}-{last:D8}.parquet")), first, last);

    /// <summary>Reads a file's name.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The part, or null where the name is not a part's.</returns>
    public static TrialPart? Parse(string path)
    {
        Match match = NamePattern().Match(System.IO.Path.GetFileName(path));
        if (!match.Success || !long.TryParse(match.Groups["first"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long first) || first > Most)
        {
            return null;
        }

        if (!match.Groups["last"].Success)
        {
            return new TrialPart(path, first, first);
        }

        return long.TryParse(match.Groups["last"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long last) && last > first && last <= Most
            ? new TrialPart(path, first, last)
            : null;
    }

    /// <summary>Whether every append of another part is in this one too.</summary>
    /// <param name="other">The other part.</param>
    /// <returns>True where the other need not be read.</returns>
    public bool Covers(TrialPart other) => this != other && First <= other.First && other.Last <= Last;

    [GeneratedRegex(@"^part-(?<first>\d{8,18})(-(?<last>\d{8,18}))?\.parquet$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
