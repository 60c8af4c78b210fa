using Search.Strategies;
using Search.Strategies.Bayesian;

namespace Search.Tests.Strategies.Bayesian;

public class BayesianContractTests : StrategyContract
{
    protected virtual string Acquisition => "log_ei";

    protected override ISearchStrategy Create(SearchSpace space, long seed) =>
        new BayesianStrategy(space, new BayesianOptions { Seed = seed, Acquisition = Acquisition, InitialPoints = 4, BatchSize = 3 });
}
