namespace Search.Strategies.Sampling;

/// <summary>A sequence of points that depends on nothing that was told.</summary>
internal interface ISampling
{
    /// <summary>The strategy's name as studies write it.</summary>
    string Name { get; }

    /// <summary>How many points there are, or null for no end.</summary>
    long? Count { get; }

    /// <summary>Computes one point.</summary>
    /// <param name="index">Its place in the sequence, from 0.</param>
    /// <returns>One number in [0, 1] an axis.</returns>
    double[] Point(long index);
}
