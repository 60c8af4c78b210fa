using Search.Strategies;
using Search.Strategies.Fronts;
using Search.Strategies.Sampling;
using Search.Strategies.Sequence;

namespace Search.Tests.Strategies.Sequence;

public sealed class FrontSequenceContractTests : StrategyContract
{
    protected override int Rounds => 30;

    protected override int Objectives => 2;

    protected override IReadOnlyList<string> Refused => ["log", "integer", "categorical", "mixed", "constrained"];

    // What random points found is what the steps begin at: the known point that suits each end of the front best.
    [Test]
    public void Ask_SecondStage_BeginsAtWhatTheFirstFound()
    {
        SearchSpace space = ContractSpaces.Create("box");
        ISearchStrategy strategy = Create(space, 1);
        List<(Candidate Candidate, double[] Objectives)> first = [];
        Candidate next;
        while ((next = strategy.Ask(1)[0]).Gradient is null)
        {
            first.Add((next, ContractSpaces.Objectives(space, next.Coefficients, Objectives)));
            strategy.Tell([new Verdict(next, first[^1].Objectives)]);
        }

        Assert.That(first, Has.Count.EqualTo(8));
        Assert.That(next.Coefficients, Is.EqualTo(first.MinBy(one => one.Objectives[1]).Candidate.Coefficients).Within(1e-12));
        Assert.That(next.Generation, Is.GreaterThan(first[^1].Candidate.Generation));
    }

    protected override ISearchStrategy Create(SearchSpace space, long seed) => new SequenceSettings(
        [new(new RandomSettings(), 8), new(new GradientFrontSettings(new GradientFrontOptions { Points = 3, Steps = 5 }), null)])
        .Create(space, new StrategyContext(seed, 1, null) { Objectives = Objectives });
}
