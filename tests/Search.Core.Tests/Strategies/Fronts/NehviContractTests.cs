using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class NehviContractTests : StrategyContract
{
    protected override int Rounds => 3;

    protected override int Objectives => 2;

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new NehviStrategy(space, Objectives, new ProcessFrontOptions { InitialPoints = 3, BatchSize = 2, Seed = seed });
}
