using Search.Strategies;
using Search.Strategies.OnePlusOne;

namespace Search.Tests.Strategies.OnePlusOne;

public sealed class OnePlusOneContractTests : StrategyContract
{
    protected override int Rounds => 20;

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new OnePlusOneStrategy(space, new OnePlusOneOptions { Seed = seed });
}
