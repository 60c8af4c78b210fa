using Search.Strategies;
using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Genetic;

public sealed class SteadyStateGeneticContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new GeneticStrategy(space, new GeneticOptions { Population = 6, Offspring = 2, Seed = seed });
}
