using System.Globalization;

namespace Search.Yaml;

/// <summary>Values as the YAML files of this program write them.</summary>
public static class YamlText
{
    /// <summary>An enumeration's value as files write it: lower case.</summary>
    /// <param name="value">The value.</param>
    public static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A plain scalar that reads back to the same bits.</summary>
    /// <param name="value">The number.</param>
    public static object Number(double value) => decimal.TryParse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact) && (double)exact == value
        ? exact
        : value.ToString("R", CultureInfo.InvariantCulture);

    // Name to number, as a mapping.
    internal static Dictionary<string, object> Numbers(IEnumerable<KeyValuePair<string, double>> numbers) => numbers.ToDictionary(one => one.Key, one => Number(one.Value));

    internal static Dictionary<string, object> Present(params IEnumerable<(string Key, object? Value)> entries) =>
        entries.Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!);
}
