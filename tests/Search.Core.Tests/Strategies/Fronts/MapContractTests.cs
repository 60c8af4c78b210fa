using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class MapContractTests : StrategyContract
{
    protected override int Objectives => 2;

    protected override IReadOnlyList<string> Refused => ["categorical", "mixed", "constrained"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new MapStrategy(space, Objectives, [], new MapOptions { InitialPoints = 10, Generations = 10, Seed = seed });
}
