using Search.Strategies;
using Search.Strategies.Sampling;

namespace Search.Tests.Strategies.Sampling;

public sealed class SobolContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new SobolSettings().Create(space, new StrategyContext(seed, 1, null));
}
