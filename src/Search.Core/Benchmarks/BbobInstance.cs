namespace Search.Benchmarks;

/// <summary>
/// COCO's instance generator (Finck, Hansen, Ros and Auger 2009, "Real-parameter black-box optimization benchmarking 2009"; Hansen et al. 2020,
/// arXiv:1603.08785): from a function's number and an instance, its shifts and rotations on every machine.
/// </summary>
internal static class BbobInstance
{
    private const int TableSize = 32;

    /// <summary>The seed of an instance; two functions borrow the seeds of others.</summary>
    public static int Seed(int function, int instance) => (10_000 * instance) + function switch { 4 => 3, 18 => 17, _ => function };

    /// <summary>Uniform numbers on (0, 1): Park and Miller's generator, shuffled by Bays and Durham's table.</summary>
    public static double[] Uniform(int count, int seed)
    {
        long state = Math.Max(1, Math.Abs((long)seed));
        long[] table = new long[TableSize];
        for (int i = 39; i >= 0; i--)
        {
            state = Next(state);
            if (i < TableSize)
            {
                table[i] = state;
            }
        }

        long current = table[0];
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            state = Next(state);
            int slot = (int)(current / 67108865);
            current = table[slot];
            table[slot] = state;
            values[i] = current == 0 ? 1e-99 : current / 2147483647.0;
        }

        return values;
    }

    /// <summary>Normal numbers by Box and Muller's transform.</summary>
    public static double[] Gaussian(int count, int seed)
    {
        double[] u = Uniform(2 * count, seed);
        return [.. Enumerable.Range(0, count).Select(i => Math.Sqrt(-2 * Math.Log(u[i])) * Math.Cos(2 * Math.PI * u[count + i])).Select(g => g == 0 ? 1e-99 : g)];
    }

    /// <summary>A random rotation: Gram and Schmidt's process on the rows of a normal matrix.</summary>
    public static double[][] Rotation(int n, int seed)
    {
        double[] normal = Gaussian(n * n, seed);
        double[][] rows = [.. Enumerable.Range(0, n).Select(i => normal.AsSpan(i * n, n).ToArray())];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double projection = rows[i].Zip(rows[j], (a, b) => a * b).Sum();
                rows[i] = [.. rows[i].Zip(rows[j], (a, b) => a - (projection * b))];
            }

            double length = Math.Sqrt(rows[i].Sum(v => v * v));
            rows[i] = [.. rows[i].Select(v => v / length)];
        }

        return rows;
    }

    /// <summary>An optimum on a grid of 0.0008 in [−4, 4).</summary>
    public static double[] Optimum(int n, int seed) =>
        [.. Uniform(n, seed).Select(u => (8 * Math.Floor(10_000 * u) / 10_000) - 4).Select(x => x == 0 ? -1e-5 : x)];

    /// <summary>The optimal value, a multiple of 0.01 in [−1000, 1000].</summary>
    public static double OptimalValue(int seed)
    {
        double ratio = Gaussian(1, seed)[0] / Gaussian(1, seed + 1)[0];
        return Math.Clamp(Math.Round(100 * 100 * ratio) / 100, -1000, 1000);
    }

    private static long Next(long state)
    {
        long next = (16807 * (state % 127773)) - (2836 * (state / 127773));
        return next < 0 ? next + 2147483647 : next;
    }
}
