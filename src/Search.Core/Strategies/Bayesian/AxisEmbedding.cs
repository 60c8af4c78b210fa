namespace Search.Strategies.Bayesian;

/// <summary>
/// How a Gaussian process sees the axes of a space: a number as it is, the middle of its cell where an axis has ordered levels, and one
/// input a level, all with one lengthscale, where levels have no order, so that any two of them are equally far apart.
/// </summary>
internal sealed class AxisEmbedding
{
    private const double SamePoint = 1e-9;
    private const int Replacements = 32;

    private readonly IReadOnlyList<SearchAxis> _axes;
    private readonly int[] _first;

    /// <summary>Plans the inputs of some axes.</summary>
    public AxisEmbedding(IReadOnlyList<SearchAxis> axes)
    {
        _axes = axes;
        _first = new int[axes.Count];
        var groups = new List<int>();
        for (int axis = 0; axis < axes.Count; axis++)
        {
            _first[axis] = groups.Count;
            groups.AddRange(Enumerable.Repeat(axis, axes[axis].IsOrdered || axes[axis].Levels == 0 ? 1 : axes[axis].Levels));
        }

        Groups = groups;
        Continuous = [.. Enumerable.Range(0, axes.Count).Where(axis => axes[axis].Levels == 0)];
        Levelled = [.. Enumerable.Range(0, axes.Count).Where(axis => axes[axis].Levels > 0)];
    }

    /// <summary>For every input, its axis; an axis has one lengthscale.</summary>
    public IReadOnlyList<int> Groups { get; }

    /// <summary>How many axes there are.</summary>
    public int Axes => _axes.Count;

    /// <summary>The axes without levels.</summary>
    public IReadOnlyList<int> Continuous { get; }

    /// <summary>The axes with levels.</summary>
    public IReadOnlyList<int> Levelled { get; }

    /// <summary>The first input of an axis.</summary>
    public int FirstInput(int axis) => _first[axis];

    /// <summary>How many levels an axis has; 0 where every number counts.</summary>
    public int Levels(int axis) => _axes[axis].Levels;

    /// <summary>Whether neighbouring levels of an axis are alike.</summary>
    public bool IsOrdered(int axis) => _axes[axis].IsOrdered;

    /// <summary>Which level a number stands for.</summary>
    public int Level(int axis, double x) => Math.Min((int)(x * Levels(axis)), Levels(axis) - 1);

    /// <summary>The number in the middle of a level's cell.</summary>
    public double Middle(int axis, int level) => (level + 0.5) / Levels(axis);

    /// <summary>Whether inputs equal, but for rounding, one of others.</summary>
    public static bool IsAmong(double[] inputs, IReadOnlyList<double[]> others) =>
        others.Any(other => inputs.Zip(other).All(pair => Math.Abs(pair.First - pair.Second) < SamePoint));

    /// <summary>A point, or a random one in place of one that is known.</summary>
    /// <param name="known">The inputs that are known.</param>
    /// <param name="point">One number in [0, 1] an axis.</param>
    /// <param name="rng">What is drawn from.</param>
    public double[] Unlike(IReadOnlyList<double[]> known, double[] point, Rng rng)
    {
        for (int i = 0; i < Replacements && IsAmong(Embed(point), known); i++)
        {
            point = [.. point.Select(_ => rng.NextUniform())];
            Snap(point);
        }

        return point;
    }

    /// <summary>Moves the axes with levels to the middle of their cells.</summary>
    public void Snap(Span<double> point)
    {
        foreach (int axis in Levelled)
        {
            point[axis] = Middle(axis, Level(axis, point[axis]));
        }
    }

    /// <summary>The inputs that a point has.</summary>
    /// <param name="point">One number in [0, 1] an axis.</param>
    public double[] Embed(ReadOnlySpan<double> point)
    {
        double[] inputs = new double[Groups.Count];
        for (int axis = 0; axis < _axes.Count; axis++)
        {
            int levels = _axes[axis].Levels;
            if (levels == 0)
            {
                inputs[_first[axis]] = point[axis];
            }
            else if (_axes[axis].IsOrdered)
            {
                inputs[_first[axis]] = Middle(axis, Level(axis, point[axis]));
            }
            else
            {
                inputs[_first[axis] + Level(axis, point[axis])] = Math.Sqrt(0.5); // two levels are at distance one
            }
        }

        return inputs;
    }
}
