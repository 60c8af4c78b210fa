using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Search.Yaml;

/// <summary>Values as the YAML files of this program write them.</summary>
public static class YamlText
{
    /// <summary>An enumeration's value as files write it: lower case.</summary>
    /// <param name="value">The value.</param>
    public static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>A text as YAML reads it back, whatever is in it.</summary>
    /// <param name="text">The text, of one line.</param>
    public static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A plain scalar that reads back to the same bits.</summary>
    /// <param name="value">The number.</param>
    public static object Number(double value) => decimal.TryParse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact) && double.Parse(exact.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) == value
        ? exact
        : value.ToString("R", CultureInfo.InvariantCulture);

    // A value on one line that reads back to the same.
    internal static string Line(YamlNode node)
    {
        foreach (YamlNode part in node.AllNodes)
        {
            switch (part)
            {
                case YamlMappingNode mapping:
                    mapping.Style = MappingStyle.Flow;
                    break;
                case YamlSequenceNode sequence:
                    sequence.Style = SequenceStyle.Flow;
                    break;
                case YamlScalarNode { Style: ScalarStyle.Literal or ScalarStyle.Folded } scalar:
                    scalar.Style = ScalarStyle.DoubleQuoted;
                    break;
            }
        }

        var text = new StringWriter();
        new YamlStream(new YamlDocument(node)).Save(new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue)), assignAnchors: false);
        return text.ToString().Replace("\n...", "", StringComparison.Ordinal).Trim();
    }

    // Name to number, as a mapping.
    internal static Dictionary<string, object> Numbers(IEnumerable<KeyValuePair<string, double>> numbers) => numbers.ToDictionary(one => one.Key, one => Number(one.Value));

    internal static Dictionary<string, object> Present(params IEnumerable<(string Key, object? Value)> entries) =>
        entries.Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!);
}
