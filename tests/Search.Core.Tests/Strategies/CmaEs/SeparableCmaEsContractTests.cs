using Search.Strategies;
using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class SeparableCmaEsContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new CmaEsStrategy(space, new CmaEsOptions { Kind = CmaEsKind.Separable, Seed = seed });
}
