using Search.Strategies;
using Search.Strategies.CmaEs;

namespace Search.Tests.Strategies.CmaEs;

public sealed class CmaEsInvarianceTests
{
    private static readonly Dictionary<string, EvolutionVariant> Variants = new()
    {
        ["full"] = EvolutionVariant.Full,
        ["patient"] = EvolutionVariant.Patient,
        ["separable"] = EvolutionVariant.Separable,
        ["vkd"] = EvolutionVariant.Vkd,
        ["cr_fm_nes"] = EvolutionVariant.CrFmNes,
    };

    // Equal up to the rounding of a sum with numbers of the size of the shift.
    [TestCase("full")]
    [TestCase("patient")]
    [TestCase("separable")]
    [TestCase("vkd")]
    [TestCase("cr_fm_nes")]
    public void Sample_StartAndFunctionMoved_PointsMoveWithThem(string variant)
    {
        double[] shift = [3, -1.5, 0.75, 2];
        double[][] moved = [.. Path(variant, shift, 1).Select(point => point.Zip(shift, (x, by) => x - by).ToArray())];
        Assert.That(moved.SelectMany(point => point), Is.EqualTo(Path(variant, new double[4], 1).SelectMany(point => point)).Within(1e-10));
    }

    // Multiplying by a power of two does not round.
    [TestCase("full")]
    [TestCase("patient")]
    [TestCase("separable")]
    [TestCase("vkd")]
    [TestCase("cr_fm_nes")]
    public void Sample_CoordinatesInAnotherUnit_AreTheSameBits(string variant)
    {
        IEnumerable<double> scaled = Path(variant, new double[4], 8).SelectMany(point => point);
        Assert.That(scaled.Select(x => x / 8), Is.EqualTo(Path(variant, new double[4], 1).SelectMany(point => point)));
    }

    // Rotation only changes which random numbers a run meets, so the law is one of distributions. The diagonal of dd-CMA breaks it in favour of
    // the axes, which must not cost: what learning rates cost alone shows in the patient variant, whose matrix has no diagonal beside it.
    [Test]
    public void Search_RotatedEllipsoid_NeedsAsManyEvaluationsUnderAnyRotation()
    {
        double first = MedianEvaluations(EvolutionVariant.Full, rotations: 1);
        double second = MedianEvaluations(EvolutionVariant.Full, rotations: 2);
        Assert.That(first / second, Is.InRange(0.85, 1.18));
        Assert.That(MedianEvaluations(EvolutionVariant.Full, rotations: null), Is.LessThan(first));
    }

    [Test]
    public void Search_LearningRateAdaptationOnRotatedEllipsoid_NeedsAsManyEvaluationsAsAlongTheAxes() =>
        Assert.That(MedianEvaluations(EvolutionVariant.Patient, rotations: null) / MedianEvaluations(EvolutionVariant.Patient, rotations: 1), Is.InRange(0.85, 1.18));

    // Test 14 of the field's list: without levels there is nothing to correct, so the strategy is the plain search behind the box transform.
    [Test]
    public void Ask_NoIntegerAxes_ProposesTheBitsOfThePlainSearch()
    {
        double[] initial = [-0.2, 0.3, 0.8, -0.9];
        var space = new SearchSpace([.. initial.Select((x, i) => new Coefficient($"x{i}", -1, 1, x))]);
        var strategy = new CmaEsStrategy(space, new CmaEsOptions { Seed = 5 });
        var start = new RunStart([.. space.Axes.Select(axis => BoxTransform.Invert(axis.Start))], 1.0 / 6) { MaximalDeviation = 1.0 / 3 };
        var plain = new EvolutionSearch(EvolutionVariant.Full, start, strategy.PopulationSize, new NoRestarts(), _ => [], 5, doublesForTies: true);
        double[] point = new double[4];
        for (int generation = 0; generation < 60; generation++)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            plain.Sample();
            foreach ((int k, Candidate candidate) in candidates.Index())
            {
                plain.Run.Point(k, point);
                Assert.That(candidate.Coefficients, Is.EqualTo(space.Decode([.. point.Select(BoxTransform.Apply)])));
            }

            double[] values = [.. candidates.Select(candidate => Ellipsoid([.. candidate.Coefficients]))];
            strategy.Tell([.. candidates.Select((candidate, k) => new Verdict(candidate, [values[k]]))]);
            plain.Tell(values, []);
        }
    }

    private static double Ellipsoid(double[] z) => z.Select((v, i) => Math.Pow(10, 6.0 * i / (z.Length - 1)) * v * v).Sum();

    // The points of thirty generations on an ellipsoid around the shift, in units of which so many make one.
    private static List<double[]> Path(string variant, double[] shift, double unit)
    {
        double[] mean = [.. shift.Select((by, i) => unit * (by + 1 + (0.25 * i)))];
        var search = new EvolutionSearch(Variants[variant], new RunStart(mean, unit), 8, new NoRestarts(), _ => [], 3, doublesForTies: false);
        var path = new List<double[]>();
        for (int generation = 0; generation < 30; generation++)
        {
            search.Sample();
            double[] values = new double[8];
            for (int k = 0; k < values.Length; k++)
            {
                double[] point = new double[4];
                search.Run.Point(k, point);
                path.Add(point);
                values[k] = Ellipsoid([.. point.Zip(shift, (x, by) => (x / unit) - by)]);
            }

            search.Tell(values, []);
        }

        return path;
    }

    // To 1e-8 on the ellipsoid in six dimensions, over fifteen seeds, each under a rotation of its own from the given family.
    private static double MedianEvaluations(EvolutionVariant variant, int? rotations) =>
        Enumerable.Range(1, 15).Select(seed => Evaluations(variant, seed, rotations is { } family ? Rotation(6, new Rng(seed, family, 0)) : null)).Order().ElementAt(7);

    private static int Evaluations(EvolutionVariant variant, int seed, double[][]? rotation)
    {
        const int n = 6;
        const int cap = 100_000;
        var search = new EvolutionSearch(variant, new RunStart([.. Enumerable.Repeat(2.0, n)], 2), CmaEsConstants.DefaultLambda(n), new NoRestarts(), _ => [], seed, doublesForTies: false);
        double[] point = new double[n];
        for (int evaluations = 0; evaluations < cap && search.StopReason is null;)
        {
            search.Sample();
            double[] values = new double[search.Run.Lambda];
            for (int k = 0; k < values.Length; k++, evaluations++)
            {
                search.Run.Point(k, point);
                values[k] = Ellipsoid(rotation is null ? point : [.. rotation.Select(axis => axis.Zip(point, (a, b) => a * b).Sum())]);
                if (values[k] <= 1e-8)
                {
                    return evaluations + 1;
                }
            }

            search.Tell(values, []);
        }

        return cap;
    }

    // Orthonormal rows by Gram and Schmidt from normal numbers: uniform among rotations and reflections.
    private static double[][] Rotation(int n, Rng rng)
    {
        double[][] rows = new double[n][];
        for (int i = 0; i < n; i++)
        {
            double[] row = new double[n];
            rng.FillGaussian(row);
            foreach (double[] other in rows.Take(i))
            {
                double along = row.Zip(other, (a, b) => a * b).Sum();
                row = [.. row.Zip(other, (a, b) => a - (along * b))];
            }

            double length = Math.Sqrt(row.Sum(v => v * v));
            rows[i] = [.. row.Select(v => v / length)];
        }

        return rows;
    }
}
