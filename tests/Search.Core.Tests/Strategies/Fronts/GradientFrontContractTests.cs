using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class GradientFrontContractTests : StrategyContract
{
    protected override int Rounds => 30;

    protected override int Objectives => 3;

    protected override bool IsRandom => false;

    protected override IReadOnlyList<string> Refused => ["log", "integer", "categorical", "mixed", "constrained"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new GradientFrontStrategy(space, Objectives, new GradientFrontOptions { Steps = 5, Points = 6, Seed = seed });
}
