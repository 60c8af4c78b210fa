using Search.Strategies;
using Search.Strategies.Portfolio;

namespace Search.Tests.Strategies.Portfolio;

public sealed class PortfolioContractTests : StrategyContract
{
    // Beyond the change of strategies, which comes after a hundred trials.
    protected override int Rounds => 16;

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new PortfolioStrategy(space, new StrategyContext(seed, 1, null));
}
