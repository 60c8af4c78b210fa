using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class NestedMapContractTests : StrategyContract
{
    protected override int Objectives => 2;

    protected override IReadOnlyList<string> Refused => ["one"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new NestedMapStrategy(space, Objectives, WeightGroups.Of(space, space.Dimension), null, new MapOptions { Generations = 10, Seed = seed });
}
