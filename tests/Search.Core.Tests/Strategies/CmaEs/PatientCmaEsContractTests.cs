using Search.Strategies;
using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class PatientCmaEsContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) =>
        new CmaEsStrategy(space, new CmaEsOptions { LearningRateAdaptation = true, Restarts = CmaEsRestarts.Bipop, Seed = seed });
}
