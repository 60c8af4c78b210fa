using FsCheck;
using FsCheck.Fluent;
using Search.Strategies;

namespace Search.Tests.Strategies;

public sealed class SpaceConstraintTests
{
    [Test]
    public void Decode_AnyPointOfAnySpace_IsFeasibleAndItsEncodingDecodesToIt() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        seed =>
        {
            var rng = new Rng(seed, 0, 0);
            SearchSpace space = Space(rng);
            double[] coefficients = space.Decode(Point(space, rng));
            double[] again = space.Decode(space.Encode(coefficients));
            return IsFeasible(space, coefficients)
                && space.Contains(coefficients)
                && again.Zip(coefficients, (a, b) => Math.Abs(a - b)).Max() < 1e-6
                && IsFeasible(space, space.Decode([.. space.Axes.Select(axis => axis.Start)]));
        }));

    [Test]
    public void Encode_AnyFiniteCoefficients_GivesAFeasiblePointNoFartherThanOthers() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(),
        seed =>
        {
            var rng = new Rng(seed, 1, 0);
            SearchSpace space = Space(rng, CoefficientScale.Linear);
            double[] wanted = [.. space.Coefficients.Select(_ => 6 * (rng.NextUniform() - 0.5))];
            double[] nearest = space.Decode(space.Encode(wanted));
            double Distance(double[] x) => x.Zip(wanted, (a, b) => (a - b) * (a - b)).Sum();
            return IsFeasible(space, nearest) && Enumerable.Range(0, 50).All(_ => Distance(space.Decode(Point(space, rng))) >= Distance(nearest) - 1e-9);
        }));

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(8)]
    public void Decode_UniformPoints_AreDirichletOnTheSimplex(int n)
    {
        SearchSpace space = Box(n, 0, 1, new SimplexConstraint(Names(n)));
        var rng = new Rng(5, 0, n);
        double[][] draws = [.. Enumerable.Range(0, 20_000).Select(_ => space.Decode([.. space.Axes.Select(_ => rng.NextUniform())]))];
        Assert.That(space.Axes, Has.Count.EqualTo(n - 1));
        for (int i = 0; i < n; i++)
        {
            // Dirichlet(1, …, 1): E x = 1/n, E x² = 2 / (n (n + 1)), P(x > 1/n) = (1 − 1/n)ⁿ⁻¹.
            Assert.Multiple(() =>
            {
                Assert.That(draws.Average(x => x[i]), Is.EqualTo(1.0 / n).Within(0.01));
                Assert.That(draws.Average(x => x[i] * x[i]), Is.EqualTo(2.0 / (n * (n + 1))).Within(0.01));
                Assert.That(draws.Average(x => x[i] > 1.0 / n ? 1.0 : 0), Is.EqualTo(Math.Pow(1 - (1.0 / n), n - 1)).Within(0.02));
            });
        }
    }

    [Test]
    public void Decode_EveryAxisOfASimplex_MovesTheCoefficients()
    {
        SearchSpace space = Box(5, 0, 1, new SimplexConstraint(Names(5)));
        for (int axis = 0; axis < 4; axis++)
        {
            double[] point = [0.5, 0.5, 0.5, 0.5];
            double[] before = space.Decode(point);
            point[axis] += 0.01;
            Assert.That(space.Decode(point).Zip(before, (a, b) => Math.Abs(a - b)).Sum(), Is.GreaterThan(1e-3), $"axis {axis}");
        }
    }

    [Test]
    public void Decode_CornersOfTheSimplex_AreReached()
    {
        SearchSpace space = Box(4, -0.5, 1.5, new SimplexConstraint(Names(4)));
        for (int corner = 0; corner < 4; corner++)
        {
            double[] unit = [.. Enumerable.Range(0, 4).Select(i => i == corner ? 1.0 : 0)];
            Assert.That(space.Decode(space.Encode(unit)), Is.EqualTo(unit).Within(1e-12));
        }
    }

    [Test]
    public void Decode_AffineWithinBounds_ReachesNegativeCoefficientsAndEveryBound()
    {
        SearchSpace space = Box(3, -0.5, 1.5, new AffineConstraint(Names(3)));
        foreach (double[] point in new double[][] { [-0.5, 0, 1.5], [1.5, -0.5, 0], [0.5, 1, -0.5], [1.0 / 3, 1.0 / 3, 1.0 / 3] })
        {
            Assert.That(space.Decode(space.Encode(point)), Is.EqualTo(point).Within(1e-12));
        }
    }

    [Test]
    public void Decode_FixedAndTied_TakeTheirAxesAway()
    {
        SearchSpace space = Box(5, -1, 2, new FixedCoefficient("c1", 0.25), new TiedCoefficients(["c0", "c3"]), new TiedCoefficients(["c3", "c4"]));
        Assert.Multiple(() =>
        {
            Assert.That(space.Axes.Select(axis => axis.Name), Is.EqualTo(["c0", "c2"]));
            Assert.That(space.Decode([0, 1]), Is.EqualTo([-1, 0.25, 2, -1, -1]));
            Assert.That(space.Decode(space.Encode([0, 9, 0.5, 0, 1.5])), Is.EqualTo([0.5, 0.25, 0.5, 0.5, 0.5]));
            Assert.That(Box(3, -1, 2, new FixedCoefficient("c1", 0.25), new TiedCoefficients(["c0", "c1"])).Decode([0]), Is.EqualTo([0.25, 0.25, -1]));
        });
    }

    [Test]
    public void Decode_FixedAndTiedInASimplex_ShareWhatIsLeft()
    {
        SearchSpace space = Box(4, 0, 1, new SimplexConstraint(Names(4)), new FixedCoefficient("c0", 0.4), new TiedCoefficients(["c2", "c3"]));
        Assert.That(space.Axes, Has.Count.EqualTo(1));
        Assert.That(space.Decode([1]), Is.EqualTo([0.4, 0, 0.3, 0.3]).Within(1e-12));
        Assert.That(space.Decode([0]), Is.EqualTo([0.4, 0.6, 0, 0]).Within(1e-12));
    }

    private static IEnumerable<TestCaseData> Impossible()
    {
        TestCaseData Case(string message, params SpaceConstraint[] constraints) => new(message, constraints);
        yield return Case("no coefficient of the space", new FixedCoefficient("c9", 1));
        yield return Case("no coefficient of the space", new TiedCoefficients(["c0", "x"]));
        yield return Case("fixed at 7", new FixedCoefficient("c0", 7));
        yield return Case("fixed at NaN", new FixedCoefficient("c0", double.NaN));
        yield return Case("fixed at 0 and at 1", new FixedCoefficient("c0", 0), new FixedCoefficient("c0", 1));
        yield return Case("nothing to search", new FixedCoefficient("c0", 0), new FixedCoefficient("c1", 0), new FixedCoefficient("c2", 0));
        yield return Case("each once", new TiedCoefficients(["c0", "c0"]));
        yield return Case("at least two", new TiedCoefficients(["c0"]));
        yield return Case("at least two", new SimplexConstraint(["c0"]));
        yield return Case("more than one way", new SimplexConstraint(["c0", "c1"]), new FixedCoefficient("c0", 0.5));
        yield return Case("more than one way", new SimplexConstraint(["c0", "c1", "c2"]), new FixedCoefficient("c0", 1));
        yield return Case("more than one way", new AffineConstraint(["c0", "c1", "c2"]), new FixedCoefficient("c0", 2), new FixedCoefficient("c1", 2));
        yield return Case("fixed below 0", new SimplexConstraint(["c0", "c1", "c2"]), new FixedCoefficient("c0", -0.5));
        yield return Case("part of another sum", new SimplexConstraint(["c0", "c1"]), new AffineConstraint(["c1", "c2"]));
        yield return Case("tied to a coefficient outside", new SimplexConstraint(["c0", "c1"]), new TiedCoefficients(["c1", "c2"]));
    }

    [TestCaseSource(nameof(Impossible))]
    public void Constructor_ImpossibleConstraint_IsRefused(string message, SpaceConstraint[] constraints) =>
        Assert.That(() => Box(3, -1, 2, constraints), Throws.ArgumentException.With.Message.Contains(message));

    [Test]
    public void Constructor_BoundsThatLeaveNothing_AreRefused() => Assert.Multiple(() =>
    {
        Assert.That(() => Box(3, 0.5, 1, new SimplexConstraint(Names(3))), Throws.ArgumentException.With.Message.Contains("more than one way"));
        Assert.That(() => Box(3, -1, 0.2, new AffineConstraint(Names(3))), Throws.ArgumentException.With.Message.Contains("more than one way"));
        Assert.That(
            () => new SearchSpace([new("a", 0, 1, 0), new("b", 2, 3, 2)], [new TiedCoefficients(["a", "b"])]), Throws.ArgumentException.With.Message.Contains("No range is common"));
        Assert.That(
            () => new SearchSpace([new("a", 0, 1, 0), new("b", 0, 1, 0) { Kind = CoefficientKind.Integer }], [new TiedCoefficients(["a", "b"])]),
            Throws.ArgumentException.With.Message.Contains("differ in scale or kind"));
        Assert.That(
            () => new SearchSpace([new("a", 0, 1, 0), new("b", 0.1, 1, 1) { Scale = CoefficientScale.Log }], [new SimplexConstraint(["a", "b"])]),
            Throws.ArgumentException.With.Message.Contains("linear scale"));
    });

    private static string[] Names(int n) => [.. Enumerable.Range(0, n).Select(i => $"c{i}")];

    private static SearchSpace Box(int n, double lower, double upper, params SpaceConstraint[] constraints) =>
        new([.. Names(n).Select(name => new Coefficient(name, lower, upper, Math.Max(lower, 0)))], constraints);

    private static double[] Point(SearchSpace space, Rng rng) => [.. space.Axes.Select(_ => Math.Clamp((1.2 * rng.NextUniform()) - 0.1, 0, 1))];

    // Floats in groups, some tied, fixed or of a fixed sum; beside them one of every other kind.
    private static SearchSpace Space(Rng rng, CoefficientScale others = CoefficientScale.Log)
    {
        var coefficients = new List<Coefficient>();
        var constraints = new List<SpaceConstraint>();
        int groups = 1 + (int)(3 * rng.NextUniform());
        for (int group = 0; group < groups; group++)
        {
            int size = 2 + (int)(5 * rng.NextUniform());
            string[] names = [.. Enumerable.Range(0, size).Select(i => $"g{group}/{i}")];
            foreach (string name in names)
            {
                double lower = -rng.NextUniform();
                double upper = 0.8 + rng.NextUniform();
                coefficients.Add(new Coefficient(name, lower, upper, lower + (rng.NextUniform() * (upper - lower))));
            }

            double kind = rng.NextUniform();
            if (kind < 0.7)
            {
                constraints.Add(kind < 0.35 ? new SimplexConstraint(names) : new AffineConstraint(names));
            }

            if (size > 3 && rng.NextUniform() < 0.5)
            {
                constraints.Add(new TiedCoefficients([names[0], names[2]]));
            }

            if (size > 4 && rng.NextUniform() < 0.5)
            {
                constraints.Add(new FixedCoefficient(names[1], 0.3));
            }
        }

        if (others == CoefficientScale.Log)
        {
            coefficients.Add(new Coefficient("log", 1e-4, 10, 1) { Scale = CoefficientScale.Log });
            coefficients.Add(new Coefficient("integer", -3, 4, 0) { Kind = CoefficientKind.Integer });
            coefficients.Add(new Coefficient("category", 0, 2, 1) { Kind = CoefficientKind.Categorical });
        }

        return new SearchSpace(coefficients, constraints);
    }

    private static bool IsFeasible(SearchSpace space, double[] coefficients)
    {
        double Value(string name) => coefficients[space.Coefficients.Index().First(one => one.Item.Name == name).Index];
        return space.Coefficients.Zip(coefficients).All(one => one.Second >= one.First.Lower && one.Second <= one.First.Upper
                && (one.First.Kind == CoefficientKind.Float || double.IsInteger(one.Second)))
            && space.Constraints.All(constraint => constraint switch
            {
                FixedCoefficient one => Value(one.Name) == one.Value,
                TiedCoefficients group => group.Names.Select(Value).Distinct().Count() == 1,
                SimplexConstraint group => Math.Abs(group.Names.Sum(Value) - 1) < 1e-12 && group.Names.All(name => Value(name) >= 0),
                AffineConstraint group => Math.Abs(group.Names.Sum(Value) - 1) < 1e-12,
                _ => false,
            });
    }
}
