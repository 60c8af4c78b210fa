using Search.Yaml;

namespace Search.Strategies.Fronts;

/// <summary>What a study says of noisy expected hypervolume improvement.</summary>
/// <param name="Options">The settings; the seed is the study's.</param>
public sealed record NehviSettings(ProcessFrontOptions Options) : ProcessFrontSettings("nehvi", Options)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new NehviStrategy(space, context.Objectives, Options with { Seed = context.Seed, Distance = context.Distance });

    internal static NehviSettings Read(YamlMap map, StrategyLimits limits) => new(ReadOptions(map));
}
