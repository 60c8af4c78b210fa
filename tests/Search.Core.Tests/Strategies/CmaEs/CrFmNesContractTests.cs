using Search.Strategies;
using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class CrFmNesContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new CmaEsStrategy(space, new CmaEsOptions { Kind = CmaEsKind.CrFmNes, Seed = seed });
}
