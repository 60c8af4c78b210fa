using Search.Results.Fronts;
using Search.Strategies;

namespace Search.Benchmarks;

/// <summary>The suites of problems, with the sizes, starts and budgets that the recorded peers had.</summary>
public static class BenchmarkSuite
{
    /// <summary>The suite of textbook functions.</summary>
    public const string Plain = "plain";

    /// <summary>The suite of BBOB's 24 functions, three instances each.</summary>
    public const string Bbob = "bbob";

    /// <summary>The suite of optima on bounds.</summary>
    public const string Box = "box";

    /// <summary>The suite of many coefficients.</summary>
    public const string High = "high";

    /// <summary>The suite of smooth functions and small budgets.</summary>
    public const string Gp = "gp";

    /// <summary>The suite of tasks that look like merges.</summary>
    public const string Merge = "merge";

    /// <summary>The suite of textbook functions and budgets of hundreds.</summary>
    public const string Brief = "brief";

    /// <summary>The suite of floats, integers and categories together.</summary>
    public const string Mixed = "mixed";

    /// <summary>The suite of functions with several objectives.</summary>
    public const string Front = "front";

    /// <summary>The suite of two tasks that look like merges.</summary>
    public const string MergeFront = "merge_front";

    /// <summary>The suite that measures the strategies' own processor time; it has no problems.</summary>
    public const string Overhead = "overhead";

    private const double HalfWidth = 10;

    private static readonly string[] PlainNames = ["sphere", "ellipsoid", "ellipsoid_rot", "rosenbrock", "rastrigin", "ackley"];
    private static readonly string[] BoxNames = ["boundary_sphere", "boundary_elli"];
    private static readonly string[] HighNames = ["sphere", "ellipsoid", "cigar_rot1", "blockelli", "rosenbrock"];
    private static readonly string[] BriefNames = ["sphere", "ellipsoid_rot", "rosenbrock", "rastrigin", "ackley"];
    private static readonly string[] MixedNames = ["separable", "interacting", "quantised"];
    private static readonly Dictionary<string, int> GpSizes = new() { ["branin"] = 2, ["hartmann6"] = 6, ["ackley10"] = 10 };
    private static readonly Dictionary<string, (double Reference, double Volume)> FrontVolumes = new()
    {
        ["zdt1"] = (1.1, 1.21 - (1.0 / 3)),
        ["zdt2"] = (1.1, 1.21 - (2.0 / 3)),
        ["zdt3"] = (1.1, 1.3317624652), // integrated numerically
        ["zdt6"] = (1.1, 0.5078775146), // likewise
        ["dtlz1"] = (0.55, (0.55 * 0.55 * 0.55) - (1.0 / 48)),
        ["dtlz2"] = (1.1, 1.331 - (Math.PI / 6)),
    };

    private static readonly int[] MergeBudgets = [50, 100, 200, 500];
    private static readonly double[] Decades = [100, 10, 1, .. Enumerable.Range(1, 8).Select(k => 1 / Math.Pow(10, k))];
    private static readonly double[] Fifths = [.. Enumerable.Range(0, 51).Select(k => Math.Pow(10, 2 - (k / 5.0)))];
    private static readonly long[] Multiples = [10, 30, 100, 300, 1000, 3000, 10_000];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Plain, Bbob, Box, High, Gp, Merge, Brief, Mixed, Front, MergeFront, Overhead];

    /// <summary>The problems of a suite.</summary>
    /// <param name="suite">Its name.</param>
    /// <param name="dimensions">The sizes, or null for the protocol's.</param>
    /// <param name="seeds">Runs on each function and size (for BBOB: on each instance), or null for the protocol's.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such suite.</exception>
    public static IEnumerable<BenchmarkProblem> Problems(string suite, IReadOnlyList<int>? dimensions = null, int? seeds = null) => suite switch
    {
        Plain => Cross(PlainNames, dimensions ?? [5, 10, 20, 40], _ => seeds ?? 15, PlainProblem),
        Bbob => Cross([.. Enumerable.Range(1, BbobFunction.Count).Select(id => $"f{id}")], dimensions ?? [5, 20], _ => 3 * (seeds ?? 3), BbobProblem),
        Box => Cross(BoxNames, dimensions ?? [10, 40], _ => seeds ?? 5, BoxProblem),
        High => Cross(HighNames, dimensions ?? [100, 400, 1000], n => seeds ?? (n < 400 ? 2 : 1), HighProblem),
        Gp => GpSizes.SelectMany(size => Cross([size.Key], [size.Value], _ => seeds ?? 10, GpProblem)),
        Merge => MergeBudgets.SelectMany(budget => Cross(["mergelike"], dimensions ?? [4, 12, 40], _ => seeds ?? 10, (_, n, run) => MergeProblem(n, run, budget))),
        Brief => Cross(BriefNames, dimensions ?? [5, 20, 40, 100], _ => seeds ?? 10, (name, n, run) => Within(PlainProblem(name, n, run), n < 100 ? 300 : 1000)),
        Mixed => Cross(MixedNames, dimensions ?? [6, 15], _ => seeds ?? 10, MixedProblem),
        Front => FrontVolumes.Keys.SelectMany(name => Cross([name], [name.StartsWith('z') ? name == "zdt6" ? 10 : 30 : name == "dtlz1" ? 7 : 12], _ => seeds ?? 15, FrontProblem)),
        MergeFront => Cross(["mergelike2"], dimensions ?? [4, 12, 40], _ => seeds ?? 7, MergeFrontProblem),
        Overhead => [],
        _ => throw new ArgumentOutOfRangeException(nameof(suite), suite, $"must be one of {string.Join(", ", Names)}"),
    };

    private static IEnumerable<BenchmarkProblem> Cross(string[] names, IReadOnlyList<int> dimensions, Func<int, int> runs, Func<string, int, int, BenchmarkProblem> create) =>
        from name in names from n in dimensions from run in Enumerable.Range(0, runs(n)) select create(name, n, run);

    // The peers had no box. In [−10, 10] a box transform is the identity where the start, the optimum (both in [−4, 4]) and nearly all samples of
    // their first step size, 2, lie.
    private static BenchmarkProblem PlainProblem(string name, int n, int run)
    {
        var random = new NumpyRandom((uint)((10_000 * n) + (97 * run) + name.Sum(letter => letter)));
        double[] optimum = random.Uniforms(n, -4, 4);
        double[] start = random.Uniforms(n, -4, 4);
        Func<double[], double> function = name switch
        {
            "ellipsoid_rot" => Rotated(PlainFunctions.Rotation(random, n), PlainFunctions.Ellipsoid(n, 6)),
            _ => Named(name, n),
        };
        return Shifted(Plain, name, run, optimum, start, function, 10_000L * n);
    }

    private static BenchmarkProblem Within(BenchmarkProblem problem, long budget) => problem with
    {
        Suite = Brief,
        Budget = budget,
        Targets = [],
        StopsAtLastTarget = false,
        Checkpoints = [.. new long[] { 50, 100, 200, 300, 500, 1000 }.Where(at => at <= budget)],
        CheckpointMetric = "best_after",
        CheckpointUnit = 1,
    };

    private static BenchmarkProblem MixedProblem(string name, int n, int run)
    {
        var function = new MixedFunction(n, run, name != "separable");
        return new BenchmarkProblem
        {
            Suite = Mixed,
            Name = name,
            Run = run,
            Seed = run,
            Space = new SearchSpace([.. MixedFunction.Coefficients(n)]),
            Objective = x => name == "quantised" ? Math.Round(400 * function.Evaluate(x)) / 400 : function.Evaluate(x),
            Budget = 300,
            Checkpoints = [50, 100, 200, 300],
            CheckpointMetric = "best_after",
        };
    }

    private static BenchmarkProblem HighProblem(string name, int n, int run)
    {
        var random = new NumpyRandom((uint)((10_000 * n) + (97 * run) + "sphere".Sum(letter => letter)));
        double[] optimum = random.Uniforms(n, -4, 4);
        double[] start = random.Uniforms(n, -4, 4);
        var shape = new NumpyRandom((uint)(run + 5));
        Func<double[], double> function = name switch
        {
            "cigar_rot1" => Cigar(shape.Gaussians(n)),
            "blockelli" => Blocks([.. Enumerable.Range(0, n / 10).Select(_ => PlainFunctions.Rotation(shape, 10))]),
            _ => Named(name, n),
        };
        return Shifted(High, name, run, optimum, start, function, (n < 400 ? 2000L : n < 1000 ? 500 : 200) * n);
    }

    private static BenchmarkProblem Shifted(string suite, string name, int run, double[] optimum, double[] start, Func<double[], double> function, long budget)
    {
        if (name == "rosenbrock")
        {
            optimum = Array.ConvertAll(optimum, v => 0.75 * v);
        }

        int n = optimum.Length;
        return new BenchmarkProblem
        {
            Suite = suite,
            Name = name,
            Run = run,
            Seed = run,
            Space = BenchmarkProblem.Box(start, -HalfWidth, HalfWidth),
            Objective = x => function([.. x.Select((v, i) => v - optimum[i])]),
            Budget = budget,
            Targets = Decades,
            StopsAtLastTarget = true,
            Checkpoints = [.. Multiples.Select(multiple => multiple * n).Where(at => at <= budget)],
            CheckpointMetric = "best_after_n",
            CheckpointUnit = n,
        };
    }

    private static Func<double[], double> Named(string name, int n) => name switch
    {
        "sphere" => PlainFunctions.Sphere,
        "ellipsoid" => PlainFunctions.Ellipsoid(n, 6),
        "rosenbrock" => PlainFunctions.Rosenbrock,
        "rastrigin" => PlainFunctions.Rastrigin,
        _ => PlainFunctions.Ackley,
    };

    private static Func<double[], double> Rotated(double[][] rotation, Func<double[], double> function) => z => function(PlainFunctions.Product(rotation, z));

    // One random direction is a million times flatter than the others.
    private static Func<double[], double> Cigar(double[] direction)
    {
        double length = Math.Sqrt(PlainFunctions.Sphere(direction));
        return z =>
        {
            double along = z.Zip(direction, (a, b) => a * b).Sum() / length;
            return (1e6 * (PlainFunctions.Sphere(z) - (along * along))) + (along * along);
        };
    }

    private static Func<double[], double> Blocks(double[][][] rotations)
    {
        Func<double[], double> block = PlainFunctions.Ellipsoid(10, 4);
        return z => rotations.Select((rotation, i) => block(PlainFunctions.Product(rotation, z[(10 * i)..(10 * (i + 1))]))).Sum();
    }

    private static BenchmarkProblem BbobProblem(string name, int n, int run)
    {
        int id = int.Parse(name.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture);
        int instance = (run % 3) + 1;
        int seed = (1000 * id) + instance + (31_000 * (run / 3));
        var function = new Lazy<BbobFunction>(() => new BbobFunction(id, instance, n));
        return new BenchmarkProblem
        {
            Suite = Bbob,
            Name = name,
            Run = run,
            Seed = seed,
            Space = BenchmarkProblem.Box(new NumpyRandom((uint)seed).Uniforms(n, -4, 4), -HalfWidth, HalfWidth),
            Objective = x => function.Value.Excess(x),
            Budget = 1000L * n,
            Targets = Fifths,
            StopsAtLastTarget = true,
            Checkpoints = [.. Multiples.Where(multiple => multiple <= 1000).Select(multiple => multiple * n)],
            CheckpointMetric = "best_after_n",
            CheckpointUnit = n,
        };
    }

    private static BenchmarkProblem BoxProblem(string name, int n, int run)
    {
        double[] target = [.. Enumerable.Range(0, n).Select(i => i % 2 == 0 ? 1.2 : 0.3)];
        Func<double[], double> function = name == "boundary_sphere" ? PlainFunctions.Sphere : PlainFunctions.Ellipsoid(n, 4);
        double least = function([.. target.Select(t => Math.Max(0, t - 1))]);
        return new BenchmarkProblem
        {
            Suite = Box,
            Name = name,
            Run = run,
            Seed = run,
            Space = BenchmarkProblem.Box([.. target.Select(_ => 0.5)], 0, 1),
            Objective = x => function([.. x.Select((v, i) => v - target[i])]) - least,
            Budget = (n <= 10 ? 3000L : 600) * n,
            Targets = [1e-2, 1e-4, 1e-6, 1e-8],
            StopsAtLastTarget = true,
        };
    }

    private static BenchmarkProblem GpProblem(string name, int n, int run)
    {
        (Func<double[], double> function, double lower, double upper, double optimum, long budget) = name switch
        {
            "branin" => ((Func<double[], double>)SmallFunctions.Branin, 0.0, 1.0, SmallFunctions.BraninLeast, 50L),
            "hartmann6" => (SmallFunctions.Hartmann6, 0, 1, SmallFunctions.Hartmann6Least, 100),
            _ => (u => PlainFunctions.Ackley(Array.ConvertAll(u, v => v - 0.7)), -5, 10, 0, 150),
        };
        return new BenchmarkProblem
        {
            Suite = Gp,
            Name = name,
            Run = run,
            Seed = run,
            Space = BenchmarkProblem.Box([.. Enumerable.Repeat((lower + upper) / 2, n)], lower, upper),
            Objective = x => function([.. x]) - optimum,
            Budget = budget,
            Targets = [1e-2],
            Checkpoints = [.. new long[] { 25, 50, 100, 150 }.Where(at => at <= budget)],
            CheckpointMetric = "regret_after",
        };
    }

    private static BenchmarkProblem MergeProblem(int n, int run, int budget)
    {
        var task = new Lazy<MergeLikeTask>(() => new MergeLikeTask(n, run));
        return new BenchmarkProblem
        {
            Suite = Merge,
            Name = "mergelike",
            Run = run,
            Seed = run,
            Space = BenchmarkProblem.Box([.. Enumerable.Repeat(0.5, n)], 0, 1),
            Objective = x => -task.Value.Measure(x),
            TrueGap = x => task.Value.Gap(x),
            Optimism = x => task.Value.Optimism(x),
            Budget = budget,
            Checkpoints = [budget],
            CheckpointMetric = "gap_of_best_observed_after",
        };
    }

    private static BenchmarkProblem FrontProblem(string name, int n, int run)
    {
        Func<IReadOnlyList<double>, double[]> function = name switch
        {
            "dtlz1" => FrontFunctions.Dtlz1,
            "dtlz2" => FrontFunctions.Dtlz2,
            _ => x => FrontFunctions.Zdt(name, x),
        };
        (double reference, double volume) = FrontVolumes[name];
        return new BenchmarkProblem
        {
            Suite = Front,
            Name = name,
            Run = run,
            Seed = run,
            Space = BenchmarkProblem.Box([.. Enumerable.Repeat(0.5, n)], 0, 1),
            Front = new FrontProblem(function, function, [.. Enumerable.Repeat(reference, name.StartsWith('z') ? 2 : 3)], new Lazy<double>(volume)),
            Budget = 25_000,
            Checkpoints = [2500, 5000, 10_000, 25_000],
        };
    }

    private static BenchmarkProblem MergeFrontProblem(string name, int n, int run)
    {
        double[] reference = [0.5, 0.5];
        var task = new Lazy<MergeLikeTask>(() => new MergeLikeTask(n, run, 2));
        return new BenchmarkProblem
        {
            Suite = MergeFront,
            Name = name,
            Run = run,
            Seed = run,
            Space = BenchmarkProblem.Box([.. Enumerable.Repeat(0.5, n)], 0, 1),
            Front = new FrontProblem(x => task.Value.MeasuredLosses(x), x => task.Value.TrueLosses(x), reference, new Lazy<double>(() => Hypervolume.Of(task.Value.TrueFront(500), reference))),
            Budget = 500,
            Checkpoints = [100, 200, 500],
        };
    }
}
