namespace Search.Strategies.ResponseSurface;

/// <summary>How a response surface is searched.</summary>
public sealed record ResponseSurfaceOptions
{
    /// <summary>The standard deviation of candidates around the surface's minimum, as a fraction of the range; positive, used up to a third.</summary>
    /// <value>The default is a sixth.</value>
    public double Sigma { get; init; } = 1.0 / 6;

    /// <summary>Candidates a generation; at least 2.</summary>
    /// <value>The default, null, is the surface's minimum and 4 + 3 ln n more, rounded down to pairs.</value>
    public int? PopulationSize { get; init; }

    /// <summary>The seed of all random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
