using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class ParegoContractTests : StrategyContract
{
    protected override int Objectives => 2;

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new ParegoStrategy(space, Objectives, new ProcessFrontOptions { InitialPoints = 4, BatchSize = 2, Seed = seed });
}
