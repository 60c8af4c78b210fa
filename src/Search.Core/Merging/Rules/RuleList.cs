using Search.Yaml;

namespace Search.Merging.Rules;

/// <summary>The rules that studies and recipes can name.</summary>
public static class RuleList
{
    /// <summary>The key that names a rule.</summary>
    internal const string NameKey = "rule";

    // What a rule cannot do without, as an example, or null.
    private static readonly Dictionary<string, (Func<YamlMap, IReadOnlyList<string>, CoefficientRule> Read, string? Needs)> Readers = new()
    {
        ["uniform"] = ((_, _) => new UniformRule(), null),
        ["fedavg"] = ((map, experts) => new FedAvg(Counts(map, experts)), "counts: { a: 100, b: 300 }"),
        ["fednova"] = (
            (map, experts) => new FedNova(map.Has("counts") ? Counts(map, experts) : [.. experts.Select(expert => KeyValuePair.Create(expert, 1.0))], Each(map, "steps", experts, double.Epsilon)),
            "steps: { a: 1000, b: 400 }"),
        ["metagpt"] = ((_, _) => new NormShare("metagpt", RuleScope.Model), null),
        ["varm"] = ((_, _) => new NormShare("varm", RuleScope.Group), null),
        ["model_stock"] = ((map, _) => new StockAverage(map.Word("negative", Operators.NegativeCosine.Clamp)), null),
        ["fedatt"] = ((map, _) => new FedAtt(map.Has("sign") ? map.Word("sign", DistanceSign.Far) : throw map.Missing("sign"), map.Number("step") ?? 1), "sign: near, or sign: far"),
        ["lm_cocktail"] = (ReadCocktail, "losses: { a: 1.2, b: 0.9 }"),
        ["swad"] = (
            (map, experts) => new LossValley(Each(map, "losses", experts, double.MinValue), (int)(map.Integer("start", 1, 1000) ?? 3), (int)(map.Integer("end", 1, 1000) ?? 6), map.Number("ratio", 1) ?? 1.3),
            "losses: { step1: 1.2, step2: 0.9 }"),
        ["tail"] = ((map, _) => new TailMean((int?)map.Integer("last", 1, 1_000_000), (int)(map.Integer("every", 1, 1_000_000) ?? 1)), null),
        ["ema"] = ((map, _) => new ExponentialAverage(map.Number("decay", 0, 1) ?? throw map.Missing("decay")), "decay: 0.9"),
    };

    /// <summary>The names, as studies write them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Readers.Keys];

    /// <summary>Reads the rule that a key names: alone, or with settings in a mapping.</summary>
    /// <param name="map">What holds the key.</param>
    /// <param name="key">The key, whose value is a text or a mapping with <c>rule</c>.</param>
    /// <param name="experts">The experts' names.</param>
    /// <returns>The rule, and the mapping it was read from, which the caller ends, or null.</returns>
    /// <exception cref="Controller.StudyException">No rule has that name, or a setting is missing or out of range.</exception>
    internal static (CoefficientRule Rule, YamlMap? Settings) Read(YamlMap map, string key, IReadOnlyList<string> experts)
    {
        if (map.IsMap(key))
        {
            YamlMap settings = map.Map(key);
            return (Readers[settings.Choice(NameKey, "", Names)].Read(settings, experts), settings);
        }

        string name = map.Choice(key, "", Names);
        (Func<YamlMap, IReadOnlyList<string>, CoefficientRule> read, string? needs) = Readers[name];
        return needs is null
            ? (read(YamlMap.Of(map.File, []), experts), null)
            : throw map.Error(key, $"is {name}, which needs settings: {{ {NameKey}: {name}, {needs} }}");
    }

    /// <summary>Whether a key's value is a mapping that names a rule.</summary>
    /// <param name="map">What holds the key.</param>
    /// <param name="key">The key.</param>
    internal static bool IsNamed(YamlMap map, string key) => map.IsMap(key) && map.Map(key).Has(NameKey);

    /// <summary>A rule as a study writes it.</summary>
    /// <param name="rule">The rule.</param>
    internal static IEnumerable<(string Key, object? Value)> Write(CoefficientRule rule) => [(NameKey, rule.Name), .. rule.Entries()];

    private static LossSoftmax ReadCocktail(YamlMap map, IReadOnlyList<string> experts)
    {
        string? name = map.Has("fine_tuned") ? map.Choice("fine_tuned", "", experts) : null;
        string[] others = [.. experts.Where(expert => expert != name)];
        if (others.Length == 0)
        {
            throw map.Error("fine_tuned", "must leave another expert to weigh by its loss");
        }

        return new LossSoftmax(
            Each(map, "losses", others, double.MinValue), map.Number("temperature", 1e-6, 1e6) ?? 1, name is null ? null : (experts.ToList().IndexOf(name), name, map.Number("share", 0, 1) ?? 0.5));
    }

    private static KeyValuePair<string, double>[] Counts(YamlMap map, IReadOnlyList<string> experts)
    {
        KeyValuePair<string, double>[] counts = Each(map, "counts", experts, 0);
        return counts.Sum(count => count.Value) > 0 ? counts : throw map.Error("counts", "must not all be 0");
    }

    // A number for every expert.
    private static KeyValuePair<string, double>[] Each(YamlMap map, string key, IReadOnlyList<string> experts, double minimum)
    {
        YamlMap numbers = map.Has(key) ? map.Map(key) : throw map.Missing(key);
        KeyValuePair<string, double>[] each = [.. experts.Select(expert => KeyValuePair.Create(expert, numbers.Number(expert, minimum) ?? throw numbers.Missing(expert)))];
        numbers.End();
        return each;
    }
}
