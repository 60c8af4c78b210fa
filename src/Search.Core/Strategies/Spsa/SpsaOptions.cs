namespace Search.Strategies.Spsa;

/// <summary>How simultaneous perturbation searches.</summary>
public sealed record SpsaOptions
{
    /// <summary>The first step of each coordinate, as a fraction of the range; positive.</summary>
    /// <value>The default is 0.05.</value>
    public double Step { get; init; } = 0.05;

    /// <summary>How far the first two points of a pair lie from their middle, as a fraction of the range; in (0, 0.5].</summary>
    /// <value>The default is 0.05.</value>
    public double Perturbation { get; init; } = 0.05;

    /// <summary>Pairs a generation, whose estimates are averaged; at least 1.</summary>
    /// <value>The default is 1.</value>
    public int Directions { get; init; } = 1;

    /// <summary>How an estimated derivative becomes a step.</summary>
    /// <value>The default is <see cref="SpsaGains.Adam"/>.</value>
    public SpsaGains Gains { get; init; }

    /// <summary>How many evaluations are to come, which sets how soon steps shrink; null when that is not known.</summary>
    /// <value>The default is null.</value>
    public long? Budget { get; init; }

    /// <summary>The seed of all random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
