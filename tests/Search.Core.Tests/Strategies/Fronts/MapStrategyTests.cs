using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

public sealed class MapStrategyTests
{
    // Quadratics are what it fits: after the points that they need it knows the whole front, between the objectives' minima.
    [Test]
    public void Ask_QuadraticObjectives_EvaluatesTheTrueFrontAndSaysHowGoodItsPredictionsWere()
    {
        SearchSpace space = ContractSpaces.Create("box");
        var strategy = new MapStrategy(space, 2, [], new MapOptions { Seed = 1 });
        Run(space, strategy, 15);
        Assert.That(strategy.Notes, Is.Empty);
        foreach (double[] objectives in Run(space, strategy, 8))
        {
            // √(f₁/Σw) + √(f₂/Σw) is half the distance of the centres where a point is on the line between them.
            Assert.That(Math.Sqrt(objectives[0] / 4.6) + Math.Sqrt(objectives[1] / 4.6), Is.EqualTo(0.5).Within(0.02));
        }

        Assert.That(strategy.Notes, Has.Count.EqualTo(3));
        Assert.That(strategy.Notes[0], Does.Contain("R² unknown, unknown"));
        Assert.That(strategy.Notes[1], Does.StartWith("of 8 candidates that map predicted, the measured objectives are 0, 0 off"));
        Assert.That(strategy.Notes[2], Does.Contain("the box that its trials span"));
    }

    [Test]
    public void Ask_TrialsInACorner_StaysInTheirBox()
    {
        SearchSpace space = ContractSpaces.Create("box");
        var strategy = new MapStrategy(space, 2, [], new MapOptions { Seed = 1 });
        var rng = new Rng(1, 0, 0);
        double[][] points = [.. Enumerable.Range(0, 20).Select(_ => Enumerable.Range(0, 4).Select(_ => 0.5 + (0.2 * rng.NextUniform())).ToArray())];
        strategy.Learn([.. points.Select(point => space.Decode(point)).Select(x => new Observation(x, ContractSpaces.Objectives(space, x, 2)))]);
        foreach (Candidate candidate in strategy.Ask(8))
        {
            double[] point = space.Encode(candidate.Coefficients);
            Assert.That(Enumerable.Range(0, 4).All(j => point[j] >= points.Min(one => one[j]) - 1e-12 && point[j] <= points.Max(one => one[j]) + 1e-12));
        }
    }

    [Test]
    public void Ask_Design_BeginsWithTheStartThenExpertsAlone()
    {
        SearchSpace space = ContractSpaces.Create("box");
        ISearchStrategy strategy = new MapSettings(new MapOptions(), false).Create(space, new StrategyContext(1, 2, null) { Objectives = 2 });
        Assert.That(strategy.Ask(4).Select(candidate => candidate.Coefficients), Is.EqualTo(new[] { new[] { 0.3, 0.3, 0.3, 0.3 }, [1, 0, 1, 0], [0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5] }).Within(1e-12));
    }

    [Test]
    public void Create_MoreNumbersThanProductsAreFittedFor_TakesSquaresOrSaysWhatToDo()
    {
        var space = new SearchSpace([.. Enumerable.Range(0, 21).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);
        Assert.That(() => new MapStrategy(space, 2, [], new MapOptions { IsFull = true }), Throws.ArgumentException.With.Message.Contains("at most 20 free numbers, this space has 21: use form: diagonal"));
        var strategy = new MapStrategy(space, 2, [], new MapOptions { InitialPoints = 30 });
        Run(space, strategy, 38);
        Assert.That(strategy.Notes[0], Does.Contain("without products of coefficients"));
    }

    // Pairs (0, 1), (2, 3), then what they found: in the last pair two numbers move all four coefficients.
    [Test]
    public void Ask_Nested_MergesInPairs()
    {
        SearchSpace space = ContractSpaces.Create("box");
        ISearchStrategy strategy = new MapSettings(new MapOptions(), true).Create(space, new StrategyContext(1, 4, 60) { Objectives = 2 });
        List<double[]> coefficients = [];
        while (coefficients.Count < 60)
        {
            Verdict[] verdicts = [.. strategy.Ask(8).Select(candidate => new Verdict(candidate, ContractSpaces.Objectives(space, candidate.Coefficients, 2)))];
            coefficients.AddRange(verdicts.Select(verdict => verdict.Candidate.Coefficients.ToArray()));
            strategy.Tell(verdicts);
        }

        Assert.That(coefficients.Take(20).All(one => one[2] == 0 && one[3] == 0));
        Assert.That(coefficients.Skip(20).Take(20).All(one => one[0] == 0 && one[1] == 0));
        double ratio = coefficients[40][0] / coefficients[40][1];
        Assert.That(coefficients.Skip(40).Where(one => one[1] != 0).Select(one => one[0] / one[1]), Is.All.EqualTo(ratio).Within(1e-6));
        Assert.That(coefficients.Skip(40).Select(one => ContractSpaces.Objectives(space, one, 2).Sum()).Min(), Is.LessThan(coefficients.Take(40).Select(one => ContractSpaces.Objectives(space, one, 2).Sum()).Min()));
    }

    private static List<double[]> Run(SearchSpace space, MapStrategy strategy, int evaluations)
    {
        var seen = new List<double[]>();
        while (seen.Count < evaluations)
        {
            Verdict[] verdicts = [.. strategy.Ask(evaluations - seen.Count).Select(candidate => new Verdict(candidate, ContractSpaces.Objectives(space, candidate.Coefficients, 2)))];
            seen.AddRange(verdicts.Select(verdict => verdict.Objectives!.ToArray()));
            strategy.Tell(verdicts);
        }

        return seen;
    }
}
