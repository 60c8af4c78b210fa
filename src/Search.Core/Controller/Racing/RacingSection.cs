using Search.Yaml;

namespace Search.Controller.Racing;

/// <summary>The section <c>racing</c> of a study file.</summary>
internal static class RacingSection
{
    private const double Smallest = 1e-6;

    /// <summary>Reads the section.</summary>
    /// <param name="map">The section.</param>
    /// <exception cref="StudyException">A setting is unknown or out of range.</exception>
    public static RacingDefinition Read(YamlMap map)
    {
        RaceRule rule = map.Choice("rule", HalvingRule.Word, HalvingRule.Word, SequentialRule.Word) == HalvingRule.Word
            ? new HalvingRule(map.Number("keep", Smallest, 1 - Smallest) ?? 0.5)
            : new SequentialRule(map.Number("error", Smallest, 1 - Smallest) ?? 0.05);
        var racing = new RacingDefinition(rule, map.Number("first", Smallest, 1 - Smallest) ?? 0.125, map.Number("factor", 1 + 1e-3, 1 / Smallest) ?? 2);
        map.End();
        return racing;
    }

    /// <summary>Writes the section.</summary>
    /// <param name="racing">What it says.</param>
    public static Dictionary<string, object> Write(RacingDefinition racing) =>
        YamlText.Present([("rule", racing.Rule.Name), ("first", YamlText.Number(racing.First)), ("factor", YamlText.Number(racing.Factor)), .. racing.Rule.Entries()]);
}
