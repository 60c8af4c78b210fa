using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class SurfaceFrontContractTests : StrategyContract
{
    protected override int Objectives => 2;

    protected override IReadOnlyList<string> Refused => ["categorical", "mixed", "constrained"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new SurfaceFrontStrategy(space, Objectives, new SurfaceFrontOptions { Seed = seed });
}
