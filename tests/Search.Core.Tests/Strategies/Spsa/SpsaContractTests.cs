using Search.Strategies;
using Search.Strategies.Spsa;

namespace Search.Tests.Strategies.Spsa;

public sealed class SpsaContractTests : StrategyContract
{
    protected override IReadOnlyList<string> Refused => ["categorical", "mixed", "constrained"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new SpsaStrategy(space, new SpsaOptions { Directions = 2, Seed = seed });
}
