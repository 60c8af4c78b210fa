namespace Search.Strategies.Sampling;

/// <summary>
/// Every combination of a few equidistant values of each axis, bounds included, the last axis fastest. Axes with levels take all of theirs.
/// </summary>
internal sealed class GridSampling(SearchSpace space, int points) : ISampling
{
    private readonly int[] _sizes = [.. space.Axes.Select(axis => axis.Levels == 0 ? points : axis.Levels)];

    /// <inheritdoc/>
    public string Name => "grid";

    /// <inheritdoc/>
    public long? Count { get; } = Size(space, points);

    /// <summary>How many points a grid has.</summary>
    /// <param name="space">What it covers.</param>
    /// <param name="points">Values an axis without levels; at least 2.</param>
    /// <returns>The number, or <see cref="long.MaxValue"/> where that is not enough.</returns>
    public static long Size(SearchSpace space, int points)
    {
        double size = space.Axes.Aggregate(1.0, (product, axis) => product * (axis.Levels == 0 ? points : axis.Levels));
        return size < long.MaxValue ? (long)size : long.MaxValue;
    }

    /// <inheritdoc/>
    public double[] Point(long index)
    {
        double[] point = new double[_sizes.Length];
        for (int j = point.Length - 1; j >= 0; j--)
        {
            (index, long place) = Math.DivRem(index, _sizes[j]);
            point[j] = space.Axes[j].Levels == 0 ? (double)place / (_sizes[j] - 1) : (place + 0.5) / _sizes[j];
        }

        return point;
    }
}
