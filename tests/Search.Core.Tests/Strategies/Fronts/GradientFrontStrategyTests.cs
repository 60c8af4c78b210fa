using Search.Results.Fronts;
using Search.Strategies;
using Search.Strategies.Fronts;

namespace Search.Tests.Strategies.Fronts;

// Two quadratics around 0.2 and 0.7 of each axis with the same curvatures: the front is the way between, f₁ = c t² and f₂ = c (1 − t)² at the part t of it.
public sealed class GradientFrontStrategyTests
{
    private const int Axes = 4;

    // w t² + (1 − w) (1 − t)² is least at t = 1 − w; w t² = (1 − w) (1 − t)² at t = 1 / (1 + √(w / (1 − w))).
    [TestCase(FrontDirection.WeightedSum, 16, 1)]
    [TestCase(FrontDirection.WeightedSum, null, 1)]
    [TestCase(FrontDirection.Tchebycheff, 16, 1)]
    public void Ask_Preferences_ReachesWhereTheyMeetTheFront(FrontDirection direction, int? batch, int seed)
    {
        SearchSpace space = Space();
        var strategy = new GradientFrontStrategy(space, 2, new GradientFrontOptions { Direction = direction, Points = 5, Steps = 100, Batch = batch, Smoothing = 0.01, Seed = seed });
        List<double[]> ends = Ends(space, strategy, batch is null ? 101 : 100);
        Assert.That(strategy.StopReason, Does.Contain("5 points"));
        Assert.That(ends, Has.Count.EqualTo(5));
        IEnumerable<double> expected = ReferenceDirections.Spread(ReferenceDirections.Lattice(2, 4)).Select(w =>
            direction == FrontDirection.WeightedSum ? w[1] : w[0] == 1 ? 0 : w[1] == 1 ? 1 : 1 / (1 + Math.Sqrt(w[0] / w[1])));
        foreach ((double[] end, double t) in ends.Zip(expected))
        {
            Assert.That(end.Select(Part), Is.All.EqualTo(t).Within(0.02));
        }
    }

    [Test]
    public void Ask_MinNorm_EndsOnTheFrontWhereAllObjectivesAreBetterAndStaysThere()
    {
        SearchSpace space = Space();
        var options = new GradientFrontOptions { Direction = FrontDirection.MinNorm, Points = 4, Steps = 150 };
        var strategy = new GradientFrontStrategy(space, 2, options);
        List<double[]> starts = [];
        List<double[]> ends = Ends(space, strategy, options.Steps, starts);
        foreach ((double[] start, double[] end) in starts.Zip(ends))
        {
            double[] parts = [.. end.Select(Part)];
            Assert.That(parts, Is.All.EqualTo(parts.Average()).Within(0.02));
            Assert.That(parts.Average(), Is.InRange(-0.02, 1.02));
            double[] before = ContractSpaces.Objectives(space, start, 2);
            Assert.That(ContractSpaces.Objectives(space, end, 2).Zip(before).All(pair => pair.First <= pair.Second + 1e-9));
        }

        // From a point of the front no step is taken: it is scored, then the next one begins.
        var still = new GradientFrontStrategy(space, 2, options with { Points = 1 });
        still.Learn([new Observation(At(0.3), ContractSpaces.Objectives(space, At(0.3), 2))]);
        Assert.That(Ends(space, still, 0).Single(), Is.EqualTo(At(0.3)).Within(1e-12));
    }

    // Two linear objectives. Adam's first step would be alike in all coefficients and raise the first.
    [TestCase("free", true)]
    [TestCase("tied", true)]
    [TestCase("fixed", true)]
    [TestCase("sum", false)]
    [TestCase("simplex", false)]
    public void Tell_MinNorm_HelpsAllObjectivesOrStaysWhereNoStepDoes(string constraint, bool moves)
    {
        (SpaceConstraint? rule, double[] first, double[] second) = constraint switch
        {
            "free" => (null, new[] { -5, 1.51, 0 }, new[] { 0.61, 0.949, 0 }),
            "tied" => (new TiedCoefficients(["c1", "c2"]), new[] { -5, 1, 0.51 }, new[] { 0.61, 0.9, 0.049 }),
            "fixed" => (new FixedCoefficient("c2", 0.3), new[] { -5, 1.51, 100 }, new[] { 0.61, 0.949, -70 }),
            "sum" => (new AffineConstraint(["c0", "c1"]), new[] { 10, 11, 0.0 }, new[] { 10, 9.9, 0.0 }), // opposite along the sum
            _ => ((SpaceConstraint)new SimplexConstraint(["c0", "c1"]), new[] { 10, 11, 0.0 }, new[] { 10, 9.9, 0.0 }),
        };
        var space = new SearchSpace([.. Enumerable.Range(0, 3).Select(i => new Coefficient($"c{i}", 0, 1, i < 2 ? 0.5 : 0.3))], rule is null ? null : [rule]);
        var strategy = new GradientFrontStrategy(space, 2, new GradientFrontOptions { Direction = FrontDirection.MinNorm, Steps = 5, LearningRate = 0.02, Batch = null });
        IReadOnlyList<double>? before = null;
        int asked = 0;
        while (strategy.Ask(1) is [var candidate])
        {
            IReadOnlyList<double> x = candidate.Coefficients;
            double Change(double[] slope) => before is null ? -1 : slope.Select((g, i) => g * (x[i] - before[i])).Sum();
            Assert.That(Change(first), Is.Negative);
            Assert.That(Change(second), Is.Negative);
            before = x;
            asked++;
            strategy.Tell([new Verdict(candidate, [1, 1]) { Gradient = [.. first, .. second] }]);
        }

        Assert.That(asked, Is.EqualTo(moves ? 6 : 1));
    }

    [Test]
    public void Ask_MinNormOfManyCoefficients_HasAsManyStartsAsPoints()
    {
        var space = new SearchSpace([.. Enumerable.Range(0, 400).Select(i => new Coefficient($"c{i}", 0, 1, 0.5))]);
        var strategy = new GradientFrontStrategy(space, 2, new GradientFrontOptions { Direction = FrontDirection.MinNorm, Points = 3, Steps = 1 });
        Assert.That(Steps(space, strategy).Where(candidate => candidate.Gradient is not null).Select(candidate => candidate.Coefficients[0]).Distinct().Count(), Is.EqualTo(3));
    }

    [Test]
    public void Ask_EveryDirection_AsksForDerivativesOfAFewExamplesAndScoresEndsOnAll()
    {
        var strategy = new GradientFrontStrategy(Space(), 2, new GradientFrontOptions { Points = 3, Steps = 2, Batch = 8 });
        List<int?> examples = [];
        while (strategy.Ask(5) is [var candidate])
        {
            examples.Add(candidate.Gradient?.Examples);
            Assert.That(candidate.Gradient?.Step, Is.Null.Or.EqualTo(candidate.Generation), "a row's generation says which examples were drawn");
            strategy.Tell([Judge(Space(), candidate)]);
        }

        Assert.That(examples, Is.EqualTo(new int?[] { null, 8, 8, null, 8, 8, null, 8, 8, null }), "the start, then each descent");
    }

    [Test]
    public void Learn_PointOfOthers_IsWhereThePreferenceItSuitsBegins()
    {
        SearchSpace space = Space();
        var strategy = new GradientFrontStrategy(space, 2, new GradientFrontOptions { Points = 2, Steps = 1 });
        strategy.Learn([.. new[] { 0.1, 0.9 }.Select(t => new Observation(At(t), ContractSpaces.Objectives(space, At(t), 2)))]);
        IReadOnlyList<double>[] starts = [.. Steps(space, strategy).Where(candidate => candidate.Gradient is not null).Select(candidate => candidate.Coefficients)];
        Assert.That(starts, Has.Length.EqualTo(2));
        Assert.That(starts[0], Is.EqualTo(At(0.9)).Within(1e-12), "the second objective first");
        Assert.That(starts[1], Is.EqualTo(At(0.1)).Within(1e-12));
    }

    [Test]
    public void Tell_PointsThatCannotBeScored_AreSteppedBackFromUntilTheNextDescentBegins()
    {
        SearchSpace space = Space();
        var strategy = new GradientFrontStrategy(space, 2, new GradientFrontOptions { Points = 2, Steps = 3 });
        List<IReadOnlyList<double>> asked = [];
        for (int i = 0; strategy.Ask(1) is [var candidate]; i++)
        {
            asked.Add(candidate.Coefficients);
            strategy.Tell([i is >= 2 and < 12 ? new Verdict(candidate, null) : Judge(space, candidate)]);
        }

        // The start scored, a step, ten failures half-way back each, then the other end from the start again.
        Assert.That(asked, Has.Count.EqualTo(2 + 10 + 3 + 1));
        double Moved(int i) => Math.Abs(asked[i][0] - asked[0][0]);
        Assert.That(Moved(3), Is.EqualTo(Moved(2) / 2).Within(1e-12));
        Assert.That(asked[12], Is.EqualTo(asked[0]));

        var broken = new GradientFrontStrategy(space, 2, new GradientFrontOptions());
        broken.Tell([new Verdict(broken.Ask(1)[0], null)]);
        Assert.That(broken.StopReason, Is.EqualTo("the starting point could not be scored"));
    }

    [Test]
    public void Tell_DerivativesOfOneObjective_AreRefused()
    {
        var strategy = new GradientFrontStrategy(Space(), 2, new GradientFrontOptions { Batch = null });
        Candidate candidate = strategy.Ask(1)[0];
        Assert.That(() => strategy.Tell([new Verdict(candidate, [1, 2]) { Gradient = new double[Axes] }]), Throws.ArgumentException.With.Message.Contains("each of the 2 objectives"));
    }

    private static SearchSpace Space() => new([.. Enumerable.Range(0, Axes).Select(i => new Coefficient($"c{i}", 0, 1, 0.9 - (0.2 * i)))]);

    private static double[] At(double t) => [.. Enumerable.Repeat(0.2 + (0.5 * t), Axes)];

    private static double Part(double value) => (value - 0.2) / 0.5;

    private static Verdict Judge(SearchSpace space, Candidate candidate) => new(candidate, ContractSpaces.Objectives(space, candidate.Coefficients, 2))
    {
        Gradient = candidate.Gradient is null ? null : ContractSpaces.Gradient(space, candidate.Coefficients, 2),
    };

    private static IEnumerable<Candidate> Steps(SearchSpace space, GradientFrontStrategy strategy)
    {
        while (strategy.Ask(1) is [var candidate])
        {
            yield return candidate;
            strategy.Tell([Judge(space, candidate)]);
        }
    }

    // Where each descent of so many steps ends; with fewer where it stops early.
    private static List<double[]> Ends(SearchSpace space, GradientFrontStrategy strategy, int steps, List<double[]>? starts = null)
    {
        List<double[]> ends = [];
        int taken = 0;
        foreach (Candidate candidate in Steps(space, strategy))
        {
            taken += candidate.Gradient is null ? 0 : 1;
            if (candidate.Gradient is not null && taken == 1)
            {
                starts?.Add([.. candidate.Coefficients]);
            }

            if (taken > 0 && (candidate.Gradient is null || (candidate.Gradient.Examples is null && taken == steps)))
            {
                ends.Add([.. candidate.Coefficients]);
                taken = 0;
            }
        }

        return ends;
    }
}
