using Search.Yaml;

namespace Search.Strategies.Fronts;

/// <summary>What a study says of ParEGO.</summary>
/// <param name="Options">The settings; the seed is the study's.</param>
public sealed record ParegoSettings(ProcessFrontOptions Options) : ProcessFrontSettings("parego", Options)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new ParegoStrategy(space, context.Objectives, Options with { Seed = context.Seed, Distance = context.Distance });

    internal static ParegoSettings Read(YamlMap map, StrategyLimits limits) => new(ReadOptions(map));
}
