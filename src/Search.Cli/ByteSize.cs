using System.Globalization;
using System.Text.RegularExpressions;

namespace Search.Cli;

/// <summary>Sizes as people type them.</summary>
internal static partial class ByteSize
{
    /// <summary>Reads a size.</summary>
    /// <param name="option">The option it is for, for the error.</param>
    /// <param name="text">A number of bytes with an optional K, M, G or T (powers of 1,024).</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="SearchException">It is no size.</exception>
    public static double Parse(string option, string text) => Size().Match(text) is { Success: true } match
        ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * Math.Pow(1024, " KMGT".IndexOf(char.ToUpperInvariant(match.Groups[2].Value.FirstOrDefault(' ')), StringComparison.Ordinal))
        : throw new SearchException($"{option}: must be a number of bytes such as 512M or 4G, got '{text}'.");

    [GeneratedRegex("^([0-9]+(?:[.][0-9]+)?)([KMGT]?)$", RegexOptions.IgnoreCase)]
    private static partial Regex Size();
}
