using Search.Strategies;
using Search.Strategies.Fronts;
using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Fronts;

public sealed class Nsga2ContractTests : StrategyContract
{
    protected override int Objectives => 2;

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new GeneticStrategy(
        space, new GeneticOptions { Population = 8, Seed = seed, Reinsertion = new CrowdingReinsertion() }, "nsga2", Objectives);
}
