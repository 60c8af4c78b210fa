using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class MinNormFrontContractTests : StrategyContract
{
    protected override int Rounds => 30;

    protected override int Objectives => 2;

    protected override IReadOnlyList<string> Refused => ["log", "integer", "categorical", "mixed", "constrained"];

    protected override ISearchStrategy Create(SearchSpace space, long seed) =>
        new GradientFrontStrategy(space, Objectives, new GradientFrontOptions { Direction = FrontDirection.MinNorm, Steps = 6, Points = 5, Batch = null, Seed = seed });
}
