using Search.Strategies.Sampling;

namespace Search.Strategies.Bayesian;

/// <summary>
/// Climbs to the highest point of a surface over the axes of a space: scrambled Sobol points and points around the best known ones are
/// looked at, the most promising are improved by quasi-Newton steps on the continuous axes, scaled by their lengthscales, in turn with
/// trying the levels of the others.
/// </summary>
/// <param name="embedding">The axes.</param>
internal sealed class PointSearch(AxisEmbedding embedding)
{
    // Set by judgement, not tuned: what they cost is little beside the evaluation of a model.
    private const int RawPoints = 1024; // of a Sobol sequence
    private const int AroundEach = 32; // points near each of the best known, where the maximum often is late in a search
    private const double Radius = 0.02; // the deviation of those, of a unit cube's side
    private const int Starts = 8; // climbs
    private const int Evaluations = 60; // of the surface and its gradient a climb
    private const double Tolerance = 1e-6; // of a climb, far below what a merge shows
    private const int Rounds = 3; // of climbing on the free axes and trying levels on the others, in turn
    private const int TriedLevels = 16; // of an ordered axis with more, those next to where it is

    private readonly double[] _lower = new double[embedding.Axes];
    private readonly double[] _upper = [.. Enumerable.Repeat(1.0, embedding.Axes)];

    /// <summary>Climbs.</summary>
    /// <param name="surface">The surface.</param>
    /// <param name="process">The process that it belongs to, for the lengthscales.</param>
    /// <param name="known">The best known points, one number in [0, 1] an axis.</param>
    /// <param name="rng">What is drawn from.</param>
    /// <returns>The point and its height.</returns>
    public (double[] Point, double Height) Climb(Surface surface, GaussianProcess process, IReadOnlyList<double[]> known, Rng rng)
    {
        List<double[]> points = Candidates(known, rng);
        double[] heights = surface.Evaluate([.. points.Select(point => embedding.Embed(point))]);
        double[] best = points[0];
        double height = double.NegativeInfinity;
        foreach (int start in Promising(heights, rng))
        {
            double[] point = [.. points[start]];
            double reached = Improve(surface, process, point, heights[start]);
            if (reached > height)
            {
                (best, height) = (point, reached);
            }
        }

        return (best, height);
    }

    /// <summary>Moves a point uphill along the continuous axes, inside a box.</summary>
    /// <param name="surface">The surface.</param>
    /// <param name="process">The process that it belongs to, for the lengthscales.</param>
    /// <param name="point">The start, inside the box; moved.</param>
    /// <param name="lower">The box's least numbers, one an axis.</param>
    /// <param name="upper">The box's greatest numbers, one an axis.</param>
    /// <returns>The point.</returns>
    public double[] Ascend(Surface surface, GaussianProcess process, double[] point, double[] lower, double[] upper)
    {
        Ascend(surface, process, point, double.NegativeInfinity, lower, upper);
        return point;
    }

    private List<double[]> Candidates(IReadOnlyList<double[]> known, Rng rng)
    {
        var sequence = new SobolSequence(embedding.Axes, unchecked((long)rng.NextBits()));
        var points = new List<double[]>(RawPoints + (AroundEach * known.Count));
        for (int i = 0; i < RawPoints; i++)
        {
            double[] point = new double[embedding.Axes];
            sequence.Point(i, point);
            points.Add(point);
        }

        foreach (double[] centre in known)
        {
            for (int i = 0; i < AroundEach; i++)
            {
                points.Add([.. centre.Select(x => Math.Clamp(x + (Radius * rng.NextGaussian()), 0, 1))]);
            }
        }

        foreach (double[] point in points)
        {
            embedding.Snap(point);
        }

        return points;
    }

    // The two highest, and others drawn without replacement in proportion to e^height.
    private static IEnumerable<int> Promising(double[] heights, Rng rng)
    {
        double highest = heights.Max();
        double deviation = Math.Sqrt(heights.Average(height => (height - highest) * (height - highest)));
        double temperature = Math.Max(1, deviation);
        int[] order = [.. Enumerable.Range(0, heights.Length).OrderByDescending(i => heights[i]).Take(2)];

        // Gumbel's trick: the largest of log-weights plus Gumbel noise are such a draw.
        double[] keys = [.. heights.Select(height => ((height - highest) / temperature) - Math.Log(-Math.Log(rng.NextUniform() + 1e-300)))];
        return order.Concat(Enumerable.Range(0, keys.Length).Except(order).OrderByDescending(i => keys[i]).Take(Starts - order.Length));
    }

    private double Improve(Surface surface, GaussianProcess process, double[] point, double height)
    {
        for (int round = 0; round < Rounds; round++)
        {
            double before = height;
            height = Ascend(surface, process, point, height, _lower, _upper);
            if (embedding.Levelled.Count == 0)
            {
                break;
            }

            height = TryLevels(surface, point, height);
            if (height <= before)
            {
                break;
            }
        }

        return height;
    }

    private double Ascend(Surface surface, GaussianProcess process, double[] point, double height, double[] lower, double[] upper)
    {
        IReadOnlyList<int> axes = embedding.Continuous;
        if (axes.Count == 0)
        {
            return height;
        }

        double[] scales = [.. axes.Select(axis => process.Lengthscale(embedding.FirstInput(axis)))];
        double[] scaled = [.. axes.Select((axis, k) => point[axis] / scales[k])];
        double[] scaledLower = [.. axes.Select((axis, k) => lower[axis] / scales[k])];
        double[] scaledUpper = [.. axes.Select((axis, k) => upper[axis] / scales[k])];
        double[] trial = [.. point];
        double[] inputGradient = new double[embedding.Groups.Count];
        double Descend(ReadOnlySpan<double> z, Span<double> gradient)
        {
            Unscale(z, scales, trial);
            double value = surface.Evaluate(embedding.Embed(trial), inputGradient);
            for (int k = 0; k < scales.Length; k++)
            {
                gradient[k] = -inputGradient[embedding.FirstInput(axes[k])] * scales[k];
            }

            return double.IsFinite(value) ? -value : double.PositiveInfinity;
        }

        double lowest = BoundedMinimizer.Minimize(Descend, scaled, scaledLower, scaledUpper, Evaluations, Tolerance);
        if (!(-lowest > height))
        {
            return height;
        }

        Unscale(scaled, scales, point);
        return -lowest;
    }

    private void Unscale(ReadOnlySpan<double> scaled, double[] scales, double[] point)
    {
        for (int k = 0; k < scales.Length; k++)
        {
            point[embedding.Continuous[k]] = Math.Clamp(scaled[k] * scales[k], 0, 1);
        }
    }

    // One axis after the other: all levels where they are few or have no order, otherwise those near by.
    private double TryLevels(Surface surface, double[] point, double height)
    {
        foreach (int axis in embedding.Levelled)
        {
            int levels = embedding.Levels(axis);
            int current = embedding.Level(axis, point[axis]);
            int[] tried = [.. (levels <= TriedLevels || !embedding.IsOrdered(axis)
                ? Enumerable.Range(0, levels)
                : Enumerable.Range(current - (TriedLevels / 2), TriedLevels + 1).Where(level => level >= 0 && level < levels)).Where(level => level != current)];
            double[][] variants = [.. tried.Select(level =>
            {
                double[] variant = [.. point];
                variant[axis] = embedding.Middle(axis, level);
                return variant;
            })];
            double[] heights = surface.Evaluate([.. variants.Select(variant => embedding.Embed(variant))]);
            for (int k = 0; k < heights.Length; k++)
            {
                if (heights[k] > height)
                {
                    height = heights[k];
                    variants[k].CopyTo(point, 0);
                }
            }
        }

        return height;
    }
}
