using Search.Strategies;
using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Genetic;

public sealed class GeneticContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new GeneticStrategy(space, new GeneticOptions { Population = 8, Seed = seed });
}
