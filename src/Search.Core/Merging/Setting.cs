using Search.Yaml;

namespace Search.Merging;

/// <summary>A number among an operator's settings: given, or searched beside the coefficients.</summary>
/// <param name="Value">The number; where it is searched, what the search starts at.</param>
/// <param name="Lower">The least that a search tries.</param>
/// <param name="Upper">The greatest; <paramref name="Lower"/> where it is given.</param>
/// <param name="PerExpert">Whether each expert has one of its own.</param>
public readonly record struct Setting(double Value, double Lower, double Upper, bool PerExpert)
{
    /// <summary>A number that is given.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator Setting(double value) => new(value, value, value, false);

    /// <summary>Whether it is searched.</summary>
    public bool IsSearched => Lower < Upper;

    /// <summary>The setting as a study writes it.</summary>
    internal object Text => !IsSearched ? YamlText.Number(Value) : new Dictionary<string, object>
    {
        ["lower"] = YamlText.Number(Lower),
        ["upper"] = YamlText.Number(Upper),
        ["initial"] = YamlText.Number(Value),
        ["per"] = PerExpert ? "expert" : "model",
    };

    /// <summary>Reads a setting: a number, or <c>{ lower, upper, initial, per: model|expert }</c>.</summary>
    /// <param name="map">The settings.</param>
    /// <param name="key">Which.</param>
    /// <param name="otherwise">Its value, or where a search of it starts, unless told.</param>
    /// <param name="check">Refuses a number that the setting cannot have, under the key that it is given.</param>
    internal static Setting Read(YamlMap map, string key, double otherwise, Action<YamlMap, string, double> check)
    {
        if (!map.IsMap(key))
        {
            double value = map.Number(key) ?? otherwise;
            check(map, key, value);
            return value;
        }

        YamlMap range = map.Map(key);
        double lower = range.Number("lower") ?? throw range.Missing("lower");
        double upper = range.Number("upper") ?? throw range.Missing("upper");
        check(range, "lower", lower);
        check(range, "upper", upper);
        if (!(lower < upper))
        {
            throw range.Error("upper", $"must be above lower, {lower}, got {upper}");
        }

        double initial = range.Number("initial", lower, upper) ?? Math.Clamp(otherwise, lower, upper);
        bool each = range.Choice("per", "model", "model", "expert") == "expert";
        range.End();
        return new Setting(initial, lower, upper, each);
    }
}
