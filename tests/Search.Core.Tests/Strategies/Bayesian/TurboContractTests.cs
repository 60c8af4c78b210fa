using Search.Strategies;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class TurboContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) =>
        new TurboStrategy(space, new TurboOptions { Seed = seed, InitialPoints = 4, BatchSize = 3 });
}
