using Search.Strategies;
using Search.Strategies.Sampling;

namespace Search.Tests.Strategies.Sampling;

public sealed class DirichletContractTests : StrategyContract
{
    protected override IReadOnlyList<string> Refused => ["log", "mixed"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new DirichletSettings(1, 1).Create(space, new StrategyContext(seed, space.Dimension, null));
}
