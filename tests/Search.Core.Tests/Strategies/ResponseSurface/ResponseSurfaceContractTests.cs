using Search.Strategies;
using Search.Strategies.ResponseSurface;

namespace Search.Tests.Strategies.ResponseSurface;

public sealed class ResponseSurfaceContractTests : StrategyContract
{
    protected override IReadOnlyList<string> Refused => ["categorical", "mixed", "constrained"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new ResponseSurfaceStrategy(space, new ResponseSurfaceOptions { Seed = seed });
}
