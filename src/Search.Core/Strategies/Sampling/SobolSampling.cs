namespace Search.Strategies.Sampling;

/// <summary>The points of a scrambled Sobol sequence: any first 2ᵏ of them fill the axes evenly.</summary>
internal sealed class SobolSampling(SearchSpace space, long seed) : ISampling
{
    private readonly SobolSequence _sequence = new(space.Axes.Count, seed);

    /// <inheritdoc/>
    public string Name => "sobol";

    /// <inheritdoc/>
    public long? Count => 1L << 32; // where the sequence of 32 bits ends

    /// <inheritdoc/>
    public double[] Point(long index)
    {
        double[] point = new double[space.Axes.Count];
        _sequence.Point(index, point);
        return point;
    }
}
