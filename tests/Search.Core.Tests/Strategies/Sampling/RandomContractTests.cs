using Search.Strategies;
using Search.Strategies.Sampling;

namespace Search.Tests.Strategies.Sampling;

public sealed class RandomContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new RandomSettings().Create(space, new StrategyContext(seed, 1, null));
}
