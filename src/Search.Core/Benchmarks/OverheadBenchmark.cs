using Search.Strategies;

namespace Search.Benchmarks;

/// <summary>Measures what a strategy itself costs: processor time of the whole process for Ask and Tell on a sphere, whose own is small beside it, and memory.</summary>
public static class OverheadBenchmark
{
    private const int Blocks = 5;
    private const int RememberedGenerations = 100; // after which a search's history has reached its full length

    // Of processor time, at least: the runtime goes on compiling better code for about a second, and garbage is collected in every block.
    private static readonly TimeSpan BlockTime = TimeSpan.FromSeconds(0.3);

    /// <summary>The sizes of the protocol.</summary>
    public static IReadOnlyList<int> Dimensions { get; } = [10, 40, 100, 400, 1000];

    /// <summary>Measures a strategy at one size.</summary>
    /// <param name="entrant">The strategy.</param>
    /// <param name="dimension">How many coefficients.</param>
    /// <param name="cancellationToken">Ends it after the generation under way.</param>
    /// <returns>Microseconds an evaluation, the least of five blocks of at least 0.3 s, and the megabytes (10⁶ bytes) of managed memory that a search holds with a generation asked.</returns>
    public static IReadOnlyList<BenchmarkRow> Measure(BenchmarkEntrant entrant, int dimension, CancellationToken cancellationToken = default)
    {
        // Enough generations at every size to meet the ones that decompose a matrix.
        int generations = dimension < 100 ? 8000 / dimension : 80;
        double least = Enumerable.Range(0, Blocks).Min(_ => Block(entrant, dimension, generations, cancellationToken));
        BenchmarkRow Row(string metric, double value) => new(BenchmarkSuite.Overhead, entrant.Label, "sphere", dimension, 0, metric, null, value);
        return [Row("cpu_microseconds", least), Row("held_megabytes", HeldMegabytes(entrant, dimension, cancellationToken))];
    }

    private static double HeldMegabytes(BenchmarkEntrant entrant, int dimension, CancellationToken cancellationToken)
    {
        SearchSpace space = Space(dimension);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        ISearchStrategy strategy = entrant.Create(space, 0, null);
        Search(strategy, RememberedGenerations, cancellationToken);
        IReadOnlyList<Candidate> asked = strategy.Ask(strategy.PopulationSize);
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(strategy);
        GC.KeepAlive(asked);
        return held / 1e6;
    }

    private static SearchSpace Space(int dimension) => BenchmarkProblem.Box([.. Enumerable.Repeat(3.0, dimension)], -10, 10);

    private static double Block(BenchmarkEntrant entrant, int dimension, int generations, CancellationToken cancellationToken)
    {
        SearchSpace space = Space(dimension);
        long evaluations = 0;
        TimeSpan spent = TimeSpan.Zero;
        for (int seed = 0; spent < BlockTime; seed++)
        {
            ISearchStrategy strategy = entrant.Create(space, seed, null);
            TimeSpan start = Environment.CpuUsage.TotalTime;
            evaluations += Search(strategy, generations, cancellationToken);
            spent += Environment.CpuUsage.TotalTime - start;
        }

        return spent.TotalMicroseconds / Math.Max(1, evaluations);
    }

    private static long Search(ISearchStrategy strategy, int generations, CancellationToken cancellationToken)
    {
        long evaluations = 0;
        for (int generation = 0; generation < generations && strategy.StopReason is null; generation++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            var verdicts = new Verdict[candidates.Count];
            for (int i = 0; i < verdicts.Length; i++)
            {
                IReadOnlyList<double> x = candidates[i].Coefficients;
                verdicts[i] = new Verdict(candidates[i], [PlainFunctions.Sphere(x as double[] ?? [.. x])]);
            }

            strategy.Tell(verdicts);
            evaluations += verdicts.Length;
        }

        return evaluations;
    }
}
