using Search.Yaml;

namespace Search.Strategies.Sampling;

/// <summary>What a study says of random search: nothing.</summary>
public sealed record RandomSettings() : StrategySettings("random", false)
{
    /// <inheritdoc/>
    public override bool TakesAnyObjectives => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new SamplingStrategy(space, new RandomSampling(space, context.Seed), context.Objectives);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    internal static RandomSettings Read(YamlMap map, StrategyLimits limits) => new();
}
