using Search.Strategies;
using Search.Strategies.GreedySoup;

namespace Search.Tests.Strategies.GreedySoup;

public sealed class GreedySoupContractTests : StrategyContract
{
    protected override bool IsRandom => false;

    protected override IReadOnlyList<string> Refused => ["log", "integer", "categorical", "mixed"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new GreedySoupStrategy(space, space.Dimension);
}
