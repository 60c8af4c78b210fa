using Search.Results.Fronts;
using Search.Strategies;
using Search.Yaml;

namespace Search.Tests.Strategies.Fronts;

public sealed class FrontStrategiesTests
{
    [Test]
    public void Names_SeekAFront_AreThoseWhoseSettingsSaySo() =>
        Assert.That(StrategyList.FrontNames, Is.EqualTo(StrategyList.Names.Where(name => Settings(name).SeeksFront)));

    // Two quadratics around 0.2 and 0.7 of four axes: between the two points lies the front, (4.6 t²/4, 4.6 (1 − t)²/4).
    [TestCase("nsga2", 1000)]
    [TestCase("nsga3", 1000)]
    [TestCase("surface_front", 160)]
    [TestCase("map", 40)]
    [TestCase("parego", 30)]
    [TestCase("nehvi", 40)]
    public void Ask_TwoQuadratics_ComesNearerToTheFrontThanRandomPoints(string name, int evaluations)
    {
        double[][] front = [.. Enumerable.Range(0, 101).Select(i => i / 100.0).Select(t => new[] { 1.15 * t * t, 1.15 * (1 - t) * (1 - t) })];
        double Distance(string strategy, int objectives) => FrontIndicators.InvertedDistance(Run(Settings(strategy).Create(Space(), new StrategyContext(1, 4, evaluations) { Objectives = objectives }), evaluations), front);
        double distance = Distance(name, 2);
        double random = Distance("random", 1);
        TestContext.Out.WriteLine($"{name} {distance}, random {random}");
        Assert.That(distance, Is.LessThan(random / 2));
    }

    private static SearchSpace Space() => ContractSpaces.Create("box");

    private static StrategySettings Settings(string name) => StrategyList.Read(YamlMap.Of("test", [$"name={name}"]), new StrategyLimits(-0.5, 1.5, 4));

    private static List<double[]> Run(ISearchStrategy strategy, int evaluations)
    {
        SearchSpace space = Space();
        var seen = new List<double[]>();
        while (seen.Count < evaluations)
        {
            Verdict[] verdicts = [.. strategy.Ask(strategy.PopulationSize).Select(candidate => new Verdict(candidate, ContractSpaces.Objectives(space, candidate.Coefficients, 2)))];
            seen.AddRange(verdicts.Select(verdict => verdict.Objectives!.ToArray()));
            strategy.Tell(strategy.Name == "random" ? [.. verdicts.Select(verdict => verdict with { Objectives = [verdict.Objectives![0]] })] : verdicts);
        }

        return seen;
    }
}
