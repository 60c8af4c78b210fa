using Search.Strategies;
using Search.Strategies.Genetic;

namespace Search.Tests.Strategies.Genetic;

public sealed class GeneticStrategyTests
{
    private static readonly GeneticOptions[] Variants =
    [
        new() { Seed = 1 },
        new() { Seed = 1, Offspring = 2 },
        new() { Seed = 1, Selection = new RankSelection(), Crossover = new BlendCrossover(), Mutation = new GaussianMutation(0.05) },
        new() { Seed = 1, Selection = new EliteSelection(0.3), Crossover = new ArithmeticCrossover(), Reinsertion = new ElitistReinsertion(2) },
        new() { Seed = 1, Selection = new RouletteSelection(), Crossover = new UniformCrossover() },
    ];

    [TestCaseSource(nameof(Variants))]
    public void Search_FiveDimensionalSphere_GetsNear(GeneticOptions options)
    {
        SearchSpace space = Box(5);
        var strategy = new GeneticStrategy(space, options);
        double best = Run(strategy, 3000, x => x.Sum(v => (v - 0.3) * (v - 0.3)));
        Assert.That(best, Is.LessThan(1e-3));
        Assert.That(strategy.Recommend()!.Coefficients.Sum(v => (v - 0.3) * (v - 0.3)), Is.EqualTo(best), "the best is never lost");
    }

    [Test]
    public void Search_WholeNumbersAndCategories_FindsTheBestCombination()
    {
        SearchSpace space = new(
        [
            new("integer", 0, 30, 15) { Kind = CoefficientKind.Integer },
            new("category", 0, 9, 0) { Kind = CoefficientKind.Categorical },
            new("float", 0, 1, 0.5),
        ]);
        var strategy = new GeneticStrategy(space, new GeneticOptions { Seed = 2 });
        double best = Run(strategy, 1500, x => Math.Abs(x[0] - 23) + (x[1] == 7 ? 0 : 5) + Math.Abs(x[2] - 0.25));
        Assert.That(best, Is.LessThan(0.05));
    }

    [Test]
    public void Ask_SmallDiscreteSpace_ProposesEveryCandidateOnceAndStops()
    {
        SearchSpace space = new([new("integer", 0, 4, 2) { Kind = CoefficientKind.Integer }, new("category", 0, 2, 0) { Kind = CoefficientKind.Categorical }]);
        var strategy = new GeneticStrategy(space, new GeneticOptions { Population = 6, Seed = 1 });
        var seen = new HashSet<(double, double)>();
        while (strategy.StopReason is null)
        {
            strategy.Tell([.. strategy.Ask(100).Select(candidate =>
            {
                Assert.That(seen.Add((candidate.Coefficients[0], candidate.Coefficients[1])), "proposed twice");
                return new Verdict(candidate, [candidate.Coefficients[0]]);
            })]);
        }

        Assert.That(seen, Has.Count.EqualTo(15));
        Assert.That(strategy.StopReason, Does.StartWith("exhausted"));
    }

    [Test]
    public void Mate_ParentsOfTwoCategories_ChildrenHaveNoThird()
    {
        SearchAxis[] axes = [new("category", 5, false, 0.1), new("float", 0, true, 0.5)];
        var heredity = new Heredity(axes, new GeneticOptions { Crossover = new ArithmeticCrossover(), CrossoverProbability = 1, MutationProbability = 0 });
        var rng = new Rng(1, 0, 0);
        for (int i = 0; i < 200; i++)
        {
            (double[] first, double[] second) = heredity.Mate([0.1, 0], [0.9, 1], rng);
            Assert.That(new[] { first[0], second[0] }, Is.EquivalentTo([0.1, 0.9]));
            Assert.That(first[1], Is.InRange(0, 1));
        }
    }

    [Test]
    public void Mate_CertainMutation_ChangesEveryWholeNumberAndCategory()
    {
        SearchAxis[] axes = [new("category", 3, false, 0.5), new("integer", 1000, true, 0.5)];
        var heredity = new Heredity(axes, new GeneticOptions { CrossoverProbability = 0, MutationProbability = 1 });
        var rng = new Rng(1, 0, 0);
        double[] parent = heredity.Start();
        for (int i = 0; i < 200; i++)
        {
            double[] child = heredity.Mate(parent, parent, rng).First;
            Assert.That(child[0], Is.Not.EqualTo(parent[0]));
            Assert.That(child[1], Is.Not.EqualTo(parent[1]));
            Assert.That(child[1] * 1000 % 1, Is.EqualTo(0.5).Within(1e-9), "the middle of a cell");
        }
    }

    [Test]
    public void Ask_SteadyState_TwoChildrenAGeneration()
    {
        var strategy = new GeneticStrategy(Box(3), new GeneticOptions { Population = 10, Offspring = 2 });
        IReadOnlyList<Candidate> first = strategy.Ask(100);
        Assert.That(first, Has.Count.EqualTo(10));
        Assert.That(first[0].Coefficients, Is.All.EqualTo(0.5), "the start");
        strategy.Tell([.. first.Select(candidate => new Verdict(candidate, [1.0]))]);
        Assert.That(strategy.Ask(100), Has.Count.EqualTo(2));
    }

    [Test]
    public void Learn_FullPopulation_BreedsFromItAtOnce()
    {
        var strategy = new GeneticStrategy(Box(2), new GeneticOptions { Population = 4, Crossover = new UniformCrossover(), MutationProbability = 0, CrossoverProbability = 1 });
        strategy.Learn([.. Enumerable.Range(0, 4).Select(i => new Observation([0.1 + (0.2 * i), 0.15 + (0.2 * i)], [i]))]);
        Assert.That(strategy.Ask(4).SelectMany(candidate => candidate.Coefficients).Select(value => Math.Round(value, 9)).Distinct(), Is.SubsetOf(new[] { 0.1, 0.3, 0.5, 0.7, 0.15, 0.35, 0.55, 0.75 }));
    }

    [Test]
    public void Tell_NothingImproves_StagnationStops()
    {
        var strategy = new GeneticStrategy(Box(2), new GeneticOptions { Population = 4, Terminations = [new GenerationTermination(50), new StagnationTermination(3)] });
        int generations = 0;
        for (; strategy.StopReason is null; generations++)
        {
            strategy.Tell([.. strategy.Ask(4).Select(candidate => new Verdict(candidate, [1.0]))]);
        }

        Assert.That((generations, strategy.StopReason), Is.EqualTo((4, "stagnation: 3 generations without a better objective")));
    }

    [Test]
    public void Constructor_OutOfRange_IsRefused()
    {
        Assert.That(() => new GeneticStrategy(Box(2), new GeneticOptions { Population = 1 }), Throws.ArgumentException);
        Assert.That(() => new GeneticStrategy(Box(2), new GeneticOptions { Offspring = 0 }), Throws.ArgumentException);
        Assert.That(() => new GeneticStrategy(Box(2), new GeneticOptions { CrossoverProbability = double.NaN }), Throws.ArgumentException);
        Assert.That(() => new GeneticStrategy(Box(2), new GeneticOptions { MutationProbability = 1.1 }), Throws.ArgumentException);
    }

    private static SearchSpace Box(int n) => new([.. Enumerable.Range(0, n).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);

    private static double Run(GeneticStrategy strategy, int budget, Func<IReadOnlyList<double>, double> f)
    {
        double best = double.PositiveInfinity;
        for (int told = 0; told < budget;)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            strategy.Tell([.. candidates.Select(candidate =>
            {
                double value = f(candidate.Coefficients);
                best = Math.Min(best, value);
                return new Verdict(candidate, [value]);
            })]);
            told += candidates.Count;
        }

        return best;
    }
}
