using System.Numerics.Tensors;

namespace Search.Benchmarks;

/// <summary>
/// What a merge's score looks like, without a model: four tasks whose true accuracies are smooth bumps on [0, 1]ⁿ, measured on 100 fixed
/// examples each whose thresholds waver with x. The measured score is repeatable, takes 401 values, and flatters its own maximum.
/// </summary>
internal sealed class MergeLikeTask
{
    private const int Examples = 100;
    private const double Waver = 0.12;

    private readonly int _n;
    private readonly int _tasks;
    private readonly double[][] _centres;
    private readonly double[] _heights;
    private readonly double[][][] _curvatures; // by task: a symmetric matrix by rows
    private readonly double[][] _frequencies; // by task and example
    private readonly double[] _phases;
    private readonly double _best;

    /// <summary>Draws a task.</summary>
    /// <param name="n">How many coefficients.</param>
    /// <param name="seed">Which of the tasks of this dimension.</param>
    /// <param name="tasks">How many tasks are merged.</param>
    public MergeLikeTask(int n, int seed, int tasks = 4)
    {
        _n = n;
        _tasks = tasks;
        var random = new NumpyRandom((uint)((1000 * n) + seed));
        double[] common = random.Uniforms(n, 0.25, 0.75);
        _centres = [.. Enumerable.Range(0, _tasks).Select(_ => random.Gaussians(n).Zip(common, (g, c) => Math.Clamp(c + (0.18 * g), 0.05, 0.95)).ToArray())];
        _heights = random.Uniforms(_tasks, 0.7, 0.95);
        _curvatures = [.. Enumerable.Range(0, _tasks).Select(_ => Curvature(random))];
        _frequencies = [.. Enumerable.Range(0, _tasks * Examples).Select(_ => Array.ConvertAll(random.Gaussians(n), g => g * 8 / Math.Sqrt(n)))];
        _phases = random.Uniforms(_tasks * Examples, 0, 2 * Math.PI);
        double[] mean = [.. Enumerable.Range(0, n).Select(i => _centres.Average(centre => centre[i]))];
        _best = new[] { mean }.Concat(_centres).Concat(Enumerable.Range(0, 7).Select(_ => random.Uniforms(n, 0, 1))).Max(start => TrueAccuracy(Climb(start)));
    }

    /// <summary>How far the true mean accuracy is below the best there is, in points (hundredths).</summary>
    public double Gap(IReadOnlyList<double> x) => 100 * (_best - TrueAccuracy([.. x]));

    /// <summary>By how many points the measured mean accuracy exceeds the true one.</summary>
    public double Optimism(IReadOnlyList<double> x) => 100 * (Measure(x) - TrueAccuracy([.. x]));

    /// <summary>The measured mean accuracy, a multiple of 1/400.</summary>
    public double Measure(IReadOnlyList<double> coefficients)
    {
        double[] x = [.. coefficients];
        return Enumerable.Range(0, _tasks).Average(task => Measure(x, task));
    }

    private double Measure(double[] x, int task)
    {
        int right = 0;
        double accuracy = TrueAccuracy(x, task);
        for (int example = 0; example < Examples; example++)
        {
            int row = (task * Examples) + example;
            double waver = Waver * Math.Sin(TensorPrimitives.Dot<double>(_frequencies[row], x) + _phases[row]);
            right += accuracy + waver > (example + 0.5) / Examples ? 1 : 0;
        }

        return (double)right / Examples;
    }

    /// <summary>How far each task's measured accuracy is below the best that it can have.</summary>
    public double[] MeasuredLosses(IReadOnlyList<double> x) => [.. Enumerable.Range(0, _tasks).Select(task => _heights[task] - Measure([.. x], task))];

    /// <summary>How far each task's true accuracy is below the best that it can have.</summary>
    public double[] TrueLosses(IReadOnlyList<double> x) => [.. Enumerable.Range(0, _tasks).Select(task => _heights[task] - TrueAccuracy([.. x], task))];

    /// <summary>
    /// The true front of two tasks, from one end to the other. Losses rise with their quadratic forms, so the front is that of the forms, which are
    /// convex: each of its points is the least of a weighted sum of them.
    /// </summary>
    /// <param name="points">How many points.</param>
    public double[][] TrueFront(int points) => [.. Enumerable.Range(0, points).Select(i =>
    {
        double share = (double)i / (points - 1);
        double[] x = [.. _centres[0].Zip(_centres[1], (a, b) => ((1 - share) * a) + (share * b))];
        Descend(x, [1 - share, share], 200);
        return TrueLosses(x);
    })];

    private double TrueAccuracy(double[] x) => Enumerable.Range(0, _tasks).Average(task => TrueAccuracy(x, task));

    // aₜ exp(−½ (x − cₜ)ᵀ Hₜ (x − cₜ))
    private double TrueAccuracy(double[] x, int task)
    {
        double[] d = [.. x.Zip(_centres[task], (a, b) => a - b)];
        return _heights[task] * Math.Exp(-0.5 * TensorPrimitives.Dot<double>(d, PlainFunctions.Product(_curvatures[task], d)));
    }

    // A diagonal over two decades plus three directions of interaction, scaled so that half a unit in every coordinate costs e^−1.2 on average.
    private double[][] Curvature(NumpyRandom random)
    {
        double[] diagonal = Array.ConvertAll(random.Uniforms(_n, -1.5, 0.5), e => Math.Pow(10, e));
        double[][] directions = [.. Enumerable.Range(0, 3).Select(_ => Array.ConvertAll(random.Gaussians(_n), g => g / Math.Sqrt(_n)))];
        double[][] matrix = [.. Enumerable.Range(0, _n).Select(i => Enumerable.Range(0, _n)
            .Select(j => (i == j ? diagonal[i] : 0) + (3 * directions.Sum(u => u[i] * u[j]))).ToArray())];
        double cost = Enumerable.Range(0, 64).Average(_ =>
        {
            double[] corner = Array.ConvertAll(random.Gaussians(_n), g => 0.5 * Math.Sign(g));
            return 0.5 * TensorPrimitives.Dot<double>(corner, PlainFunctions.Product(matrix, corner));
        });
        return Array.ConvertAll(matrix, row => Array.ConvertAll(row, v => v * 1.2 / cost));
    }

    // Minorise and maximise: with weights fixed at the current accuracies the best point minimises a quadratic, by coordinates within the box.
    // No step lowers the true accuracy, since exp is convex in −q.
    private double[] Climb(double[] start)
    {
        double[] x = [.. start];
        double reached = TrueAccuracy(x);
        while (true)
        {
            double[] weights = [.. Enumerable.Range(0, _tasks).Select(task => TrueAccuracy(x, task))];
            Descend(x, weights, 20);
            double now = TrueAccuracy(x);
            if (now - reached < 1e-12)
            {
                return x;
            }

            reached = now;
        }
    }

    // The least of the weighted sum of the forms in the box, by coordinates.
    private void Descend(double[] x, double[] weights, int sweeps)
    {
        double[][] sum = [.. Enumerable.Range(0, _n).Select(i => Enumerable.Range(0, _n)
            .Select(j => Enumerable.Range(0, _tasks).Sum(t => weights[t] * _curvatures[t][i][j])).ToArray())];
        double[] right = [.. Enumerable.Range(0, _n).Select(i => Enumerable.Range(0, _tasks)
            .Sum(t => weights[t] * TensorPrimitives.Dot<double>(_curvatures[t][i], _centres[t])))];
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            for (int i = 0; i < _n; i++)
            {
                double slope = TensorPrimitives.Dot<double>(sum[i], x) - right[i];
                x[i] = Math.Clamp(x[i] - (slope / sum[i][i]), 0, 1);
            }
        }
    }
}
