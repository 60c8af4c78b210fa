using Search.Strategies;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public sealed class BayesianDistancesContractTests : StrategyContract
{
    protected override int Rounds => 3;

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new BayesianStrategy(space, new BayesianOptions
    {
        Prior = "distances",
        Distance = (a, b) => a.Zip(b).Select((pair, i) => (i + 1) * Math.Abs(pair.First - pair.Second)).Sum(),
        InitialPoints = 4,
        BatchSize = 3,
        Seed = seed,
    });
}
