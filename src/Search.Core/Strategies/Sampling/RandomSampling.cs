namespace Search.Strategies.Sampling;

/// <summary>Independent points, uniform on the axes.</summary>
internal sealed class RandomSampling(SearchSpace space, long seed) : ISampling
{
    /// <inheritdoc/>
    public string Name => "random";

    /// <inheritdoc/>
    public long? Count => null;

    /// <inheritdoc/>
    public double[] Point(long index)
    {
        var rng = new Rng(seed, 0, index);
        return [.. space.Axes.Select(_ => rng.NextUniform())];
    }
}
