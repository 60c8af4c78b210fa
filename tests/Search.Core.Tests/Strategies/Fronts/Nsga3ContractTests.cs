using Search.Strategies;
using Search.Strategies.Fronts;
using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Fronts;

public sealed class Nsga3ContractTests : StrategyContract
{
    protected override int Objectives => 3;

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new GeneticStrategy(
        space, new GeneticOptions { Population = 8, Seed = seed, Selection = new TournamentSelection(1), Reinsertion = new ReferenceReinsertion(ReferenceDirections.About(Objectives, 8)) }, "nsga3", Objectives);
}
