namespace Search.Strategies.Fronts;

/// <summary>The settings of <see cref="SurfaceFrontStrategy"/>.</summary>
public sealed record SurfaceFrontOptions
{
    /// <summary>The standard deviation of candidates around a minimum, as a fraction of the range; positive.</summary>
    /// <value>The default is a sixth.</value>
    public double Sigma { get; init; } = 1.0 / 6;

    /// <summary>Candidates a generation; at least 2. Half of them are minima.</summary>
    /// <value>The default, null, is 2 for a hundred trials, then one more for every fifty, up to 8: a fit costs the cube of the trials.</value>
    public int? PopulationSize { get; init; }

    /// <summary>The seed of all random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
