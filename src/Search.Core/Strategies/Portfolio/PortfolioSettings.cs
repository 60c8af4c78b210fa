using Search.Yaml;

namespace Search.Strategies.Portfolio;

/// <summary>What a study says of the portfolio: nothing, which is what it is for.</summary>
public sealed record PortfolioSettings() : StrategySettings("portfolio", false)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new PortfolioStrategy(space, context);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    internal static PortfolioSettings Read(YamlMap map, StrategyLimits limits) => new();
}
