namespace Search.Strategies.CmaEs;

/// <summary>The settings of <see cref="CmaEsStrategy"/>.</summary>
public sealed record CmaEsOptions
{
    /// <summary>Which member of the family searches.</summary>
    /// <value>The default is <see cref="CmaEsKind.Full"/>.</value>
    public CmaEsKind Kind { get; init; } = CmaEsKind.Full;

    /// <summary>The initial step size in the units of the widest coefficient; positive and finite.</summary>
    /// <value>The default, null, is a sixth of that coefficient's range.</value>
    public double? Sigma { get; init; }

    /// <summary>Candidates a generation; at least 2.</summary>
    /// <value>
    /// The default, null, is 4 + ⌊3 ln n⌋ for n axes, and twice that from the generation on after one of the first ten had two equal
    /// objectives: a quantised objective is noisy, and larger generations average the noise out.
    /// </value>
    public int? PopulationSize { get; init; }

    /// <summary>What follows when a run can achieve no more.</summary>
    /// <value>The default is <see cref="CmaEsRestarts.None"/>: the search stops.</value>
    public CmaEsRestarts Restarts { get; init; }

    /// <summary>Whether learning rates follow the signal-to-noise ratio (Nomura, Akimoto and Ono 2023): slower, and less misled by noise; for <see cref="CmaEsKind.Full"/> only.</summary>
    /// <value>The default is false.</value>
    public bool LearningRateAdaptation { get; init; }

    /// <summary>The seed of the random numbers.</summary>
    /// <value>The default is 0.</value>
    public long Seed { get; init; }
}
