using Search.Yaml;

namespace Search.Strategies.GreedySoup;

/// <summary>What a study says of the greedy soup.</summary>
/// <param name="Order">In which order experts are tried.</param>
public sealed record GreedySoupSettings(SoupOrder Order) : StrategySettings("greedy_soup", false)
{
    /// <inheritdoc/>
    public override bool NeedsEveryScore => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new GreedySoupStrategy(space, context.Experts, Order, context.Weights);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("order", YamlText.Word(Order))];

    internal static GreedySoupSettings Read(YamlMap map, StrategyLimits limits) => new(map.Word("order", SoupOrder.Score));
}
