using Search.Yaml;

namespace Search.Strategies.Spsa;

/// <summary>What a study says of simultaneous perturbation.</summary>
/// <param name="Options">The settings.</param>
public sealed record SpsaSettings(SpsaOptions Options) : StrategySettings("spsa", false)
{
    /// <inheritdoc/>
    public override bool NeedsEveryScore => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) =>
        new SpsaStrategy(space, Options with { Seed = context.Seed, Budget = context.Budget });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("step", YamlText.Number(Options.Step)),
        ("perturbation", YamlText.Number(Options.Perturbation)),
        ("directions", Options.Directions),
        ("gains", YamlText.Word(Options.Gains)),
    ];

    internal static SpsaSettings Read(YamlMap map, StrategyLimits limits)
    {
        var defaults = new SpsaOptions();
        return new SpsaSettings(defaults with
        {
            Step = map.Number("step", 1e-9, 1) ?? defaults.Step,
            Perturbation = map.Number("perturbation", 1e-9, 0.5) ?? defaults.Perturbation,
            Directions = (int)(map.Integer("directions", 1, 100_000) ?? defaults.Directions),
            Gains = map.Choice("gains", "adam", "adam", "spall") == "spall" ? SpsaGains.Spall : SpsaGains.Adam,
        });
    }
}
