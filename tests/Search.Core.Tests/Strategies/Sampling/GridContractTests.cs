using Search.Strategies;
using Search.Strategies.Sampling;

namespace Search.Tests.Strategies.Sampling;

public sealed class GridContractTests : StrategyContract
{
    protected override bool IsRandom => false;

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new GridSettings(null).Create(space, new StrategyContext(seed, 1, null));
}
