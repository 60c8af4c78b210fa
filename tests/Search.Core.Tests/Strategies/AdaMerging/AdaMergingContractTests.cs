using Search.Strategies;
using Search.Strategies.AdaMerging;

namespace Search.Tests.Strategies.AdaMerging;

public sealed class AdaMergingContractTests : StrategyContract
{
    protected override int Rounds => 30;

    protected override bool IsRandom => false;

    protected override IReadOnlyList<string> Refused => ["log", "integer", "categorical", "mixed", "constrained"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new AdaMergingStrategy(space, new AdaMergingOptions { Steps = 25, Checkpoint = 5, LearningRate = 0.05 });
}
