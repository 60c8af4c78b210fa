namespace Search.Strategies.OnePlusOne;

/// <summary>How the (1+1) evolution strategy searches.</summary>
public sealed record OnePlusOneOptions
{
    /// <summary>The first step size, as a fraction of the range; positive, used up to a third.</summary>
    /// <value>The default is a sixth.</value>
    public double Sigma { get; init; } = 1.0 / 6;

    /// <summary>The seed of all random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
