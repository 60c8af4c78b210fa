using Search.Yaml;

namespace Search.Strategies.GreedySoup;

/// <summary>What a study says of the greedy soup: nothing.</summary>
public sealed record GreedySoupSettings() : StrategySettings("greedy_soup", false)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new GreedySoupStrategy(space, context.Experts);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    internal static GreedySoupSettings Read(YamlMap map, StrategyLimits limits) => new();
}
