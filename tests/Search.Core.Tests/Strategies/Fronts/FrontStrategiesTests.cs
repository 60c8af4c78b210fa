using Search.Benchmarks;
using Search.Results.Fronts;
using Search.Strategies;
using Search.Strategies.Fronts;
using Search.Strategies.Genetic;
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
    [TestCase("nehvi", 24)]
    public void Ask_TwoQuadratics_ComesNearerToTheFrontThanRandomPoints(string name, int evaluations)
    {
        double[][] front = [.. Enumerable.Range(0, 101).Select(i => i / 100.0).Select(t => new[] { 1.15 * t * t, 1.15 * (1 - t) * (1 - t) })];
        double Distance(string strategy, int objectives) => FrontIndicators.InvertedDistance(Run(Settings(strategy).Create(Space(), new StrategyContext(1, 4, evaluations) { Objectives = objectives }), evaluations), front);
        double distance = Distance(name, 2);
        double random = Distance("random", 1);
        TestContext.Out.WriteLine($"{name} {distance}, random {random}");
        Assert.That(distance, Is.LessThan(random / 2));
    }

    // Scores that are off by up to a tenth: the luckiest trials are not the best ones.
    [Test]
    public void RecommendFront_UnevenScores_IsNearerToTheFrontThanWhatScoredBest()
    {
        SearchSpace space = Space();
        ISearchStrategy strategy = Settings("surface_front").Create(space, new StrategyContext(1, 4, 200) { Objectives = 2 });
        Assert.That(strategy.RecommendFront(), Is.Empty);
        var measured = new List<(IReadOnlyList<double> Coefficients, double[] Objectives)>();
        while (measured.Count < 200)
        {
            Verdict[] verdicts = [.. strategy.Ask(strategy.PopulationSize).Select(candidate => new Verdict(candidate, Uneven(space, candidate.Coefficients)))];
            measured.AddRange(verdicts.Select(verdict => (verdict.Candidate.Coefficients, verdict.Objectives!.ToArray())));
            strategy.Tell(verdicts);
        }

        double Above(IEnumerable<IReadOnlyList<double>> points) => points.Average(point => Above1(ContractSpaces.Objectives(space, point, 2)));
        IReadOnlyList<IReadOnlyList<double>> recommended = strategy.RecommendFront();
        Assert.That(recommended.Select(point => string.Join(' ', point)), Is.SubsetOf(measured.Select(trial => string.Join(' ', trial.Coefficients))).And.Unique);
        double lucky = Above(Dominance.Front([.. measured.Select(trial => trial.Objectives)]).Select(index => measured[index].Coefficients));
        TestContext.Out.WriteLine($"recommended {recommended.Count}: {Above(recommended)}, measured {lucky}");
        Assert.That(Above(recommended), Is.LessThan(lucky));

        // √(f₁/1.15) + √(f₂/1.15) is 1 on the front and above it elsewhere.
        static double Above1(double[] f) => Math.Sqrt(f[0] / 1.15) + Math.Sqrt(f[1] / 1.15) - 1;
    }

    // Accuracies of 100 fixed examples a task: what the volume of the front is in truth, over three tasks.
    [TestCase("surface_front", 100)]
    [TestCase("parego", 100)]
    [TestCase("nehvi", 24)]
    public void RecommendFront_TasksThatLookLikeMerges_HasMoreVolumeThanWhatScoredBest(string name, int evaluations)
    {
        double believed = 0;
        double lucky = 0;
        foreach (BenchmarkProblem problem in BenchmarkSuite.Problems(BenchmarkSuite.MergeFront, [4], 3))
        {
            ISearchStrategy strategy = Settings(name).Create(problem.Space, new StrategyContext(problem.Seed, 1, evaluations) { Objectives = 2 });
            var measured = new List<(IReadOnlyList<double> Coefficients, double[] Objectives)>();
            while (measured.Count < evaluations)
            {
                Verdict[] verdicts = [.. strategy.Ask(strategy.PopulationSize).Select(candidate => new Verdict(candidate, problem.Front!.Objectives(candidate.Coefficients)))];
                measured.AddRange(verdicts.Select(verdict => (verdict.Candidate.Coefficients, verdict.Objectives!.ToArray())));
                strategy.Tell(verdicts);
            }

            double Volume(IEnumerable<IReadOnlyList<double>> points) => Hypervolume.Of([.. points.Select(point => problem.Front!.True(point))], problem.Front!.Reference);
            believed += Volume(strategy.RecommendFront());
            lucky += Volume(Dominance.Front([.. measured.Select(trial => trial.Objectives)]).Select(index => measured[index].Coefficients));
        }

        TestContext.Out.WriteLine($"{name}: {believed} believed, {lucky} measured");
        Assert.That(believed, Is.GreaterThan(lucky));
    }

    [TestCase("grid")]
    [TestCase("random")]
    [TestCase("sobol")]
    public void Create_SamplingOfSeveralObjectives_ProposesAsForOneAndRecommendsNothing(string name)
    {
        SearchSpace space = Space();
        IReadOnlyList<Candidate> Asked(int objectives, out ISearchStrategy strategy)
        {
            StrategySettings settings = Settings(name);
            Assert.That(settings.Mismatch(objectives), Is.Null);
            strategy = settings.Create(space, new StrategyContext(3, 4, 100) { Objectives = objectives });
            return strategy.Ask(10);
        }

        IReadOnlyList<Candidate> several = Asked(2, out ISearchStrategy sampling);
        Assert.That(several.SelectMany(candidate => candidate.Coefficients), Is.EqualTo(Asked(1, out _).SelectMany(candidate => candidate.Coefficients)));
        sampling.Tell([.. several.Select(candidate => new Verdict(candidate, [1, 2]))]);
        Assert.That(sampling.Recommend(), Is.Null);
    }

    [Test]
    public void Ask_GrowingPopulation_BeginsAsSmallAsItsBroodAndEndsFull()
    {
        SearchSpace space = Space();
        var strategy = new GeneticStrategy(space, new GeneticOptions { Population = 14, Offspring = 6, Growth = 0.5, Reinsertion = new CrowdingReinsertion() }, "nsga2", 2);
        var sizes = new List<int>();
        for (int generation = 0; generation < 20; generation++)
        {
            Assert.That(strategy.PopulationSize, Is.EqualTo(6));
            strategy.Tell([.. strategy.Ask(6).Select(candidate => new Verdict(candidate, ContractSpaces.Objectives(space, candidate.Coefficients, 2)))]);
            sizes.Add(strategy.Population.Count);
        }

        Assert.That(sizes, Is.EqualTo(Enumerable.Range(0, 20).Select(generation => Math.Min(14, 6 + (generation / 2)))));
    }

    // As a score of few examples errs: the same at the same place, but otherwise at its neighbours.
    private static double[] Uneven(SearchSpace space, IReadOnlyList<double> coefficients) =>
        [.. ContractSpaces.Objectives(space, coefficients, 2).Select((value, m) => value + (0.1 * Math.Sin((1000 * coefficients.Sum()) + m)))];

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
