namespace Search.Strategies.CmaEs;

/// <summary>The settings of <see cref="CmaEsStrategy"/>.</summary>
public sealed record CmaEsOptions
{
    /// <summary>The initial step size in the units of the widest coefficient; positive and finite.</summary>
    /// <value>The default, null, is a sixth of that coefficient's range.</value>
    public double? Sigma { get; init; }

    /// <summary>Candidates a generation; at least 2.</summary>
    /// <value>The default, null, is 4 + ⌊3 ln n⌋ for n coefficients.</value>
    public int? PopulationSize { get; init; }

    /// <summary>The seed of the random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
