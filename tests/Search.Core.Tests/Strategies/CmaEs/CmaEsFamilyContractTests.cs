using Search.Strategies;
using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class SeparableCmaEsContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new CmaEsStrategy(space, new CmaEsOptions { Kind = CmaEsKind.Separable, Seed = seed });
}

public sealed class VkdCmaEsContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new CmaEsStrategy(space, new CmaEsOptions { Kind = CmaEsKind.Vkd, Seed = seed });
}

public sealed class CrFmNesContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) => new CmaEsStrategy(space, new CmaEsOptions { Kind = CmaEsKind.CrFmNes, Seed = seed });
}

public sealed class PatientCmaEsContractTests : StrategyContract
{
    protected override ISearchStrategy Create(SearchSpace space, long seed) =>
        new CmaEsStrategy(space, new CmaEsOptions { LearningRateAdaptation = true, Restarts = CmaEsRestarts.Bipop, Seed = seed });
}
