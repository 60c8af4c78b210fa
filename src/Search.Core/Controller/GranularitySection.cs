using Search.Merging;
using Search.Yaml;

namespace Search.Controller;

/// <summary>What study and recipe files say of the tensors that merge and of those that share coefficients, read and written.</summary>
internal static class GranularitySection
{
    /// <summary>Reads which tensors share coefficients: a word, or a mapping with groups or a profile.</summary>
    /// <param name="map">The study's <c>merge</c>.</param>
    public static TensorGrouping Read(YamlMap map)
    {
        if (!map.IsMap("granularity"))
        {
            return new GranularityGrouping(GranularityGrouping.Words[map.Choice("granularity", "block", [.. GranularityGrouping.Words.Keys])]);
        }

        YamlMap one = map.Map("granularity");
        (bool isProfile, bool isGroups) = (one.Has("profile"), one.Has("groups"));
        one.End();
        return isProfile && !isGroups ? ReadProfile(one.Map("profile"))
            : isGroups && !isProfile ? new PatternGrouping(ReadGroups(one.Map("groups")))
            : throw map.Error("granularity", "must be a word, or a mapping with either 'groups' or 'profile'");
    }

    /// <summary>Writes which tensors share coefficients.</summary>
    /// <param name="grouping">Which do.</param>
    public static object Write(TensorGrouping grouping) => grouping switch
    {
        PatternGrouping patterns => new Dictionary<string, object> { ["groups"] = patterns.Groups.ToDictionary(group => group.Key, group => group.Value) },
        DepthProfile profile => new Dictionary<string, object>
        {
            ["profile"] = new Dictionary<string, object> { ["knots"] = profile.Knots, ["shape"] = YamlText.Word(profile.Shape), ["by"] = profile.ByKind ? "kind" : "model" },
        },
        _ => grouping.Title,
    };

    /// <summary>Reads <c>kinds</c>: regular expressions of kinds of module, which come before those built in.</summary>
    /// <param name="map">The study's <c>merge</c>, or a recipe.</param>
    public static IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> ReadKinds(YamlMap map)
    {
        YamlMap kinds = map.Map("kinds");
        return [.. kinds.Keys.Select(kind => KeyValuePair.Create(kind, StudyFile.ReadPatterns(kinds, kind)))];
    }

    /// <summary>Reads <c>only</c> or <c>except</c>: a kind or regular expression, or a list of them.</summary>
    /// <param name="map">The study's <c>merge</c>, or a recipe.</param>
    /// <param name="key">Which of the two.</param>
    public static IReadOnlyList<string> ReadFilter(YamlMap map, string key)
    {
        IReadOnlyList<string> texts = map.IsList(key) ? map.Texts(key) : map.Text(key) is { } one ? [one] : [];
        foreach (string text in texts)
        {
            StudyFile.RequirePattern(map, key, text, "must hold kinds or regular expressions");
        }

        return texts;
    }

    private static DepthProfile ReadProfile(YamlMap map)
    {
        var profile = new DepthProfile(
            (int)(map.Integer("knots", 2, 1000) ?? 4),
            map.Choice("shape", "linear", "linear", "cosine") == "linear" ? KnotShape.Linear : KnotShape.Cosine,
            map.Choice("by", "model", "model", "kind") == "kind");
        map.End();
        return profile;
    }

    private static KeyValuePair<string, string>[] ReadGroups(YamlMap map)
    {
        KeyValuePair<string, string>[] groups = [.. map.Keys.Select(name => KeyValuePair.Create(name, map.RequiredText(name)))];
        foreach ((string name, string text) in groups)
        {
            StudyFile.RequirePattern(map, name, text, "must be a kind or a regular expression");
        }

        return groups;
    }
}
