namespace Search.Strategies.CmaEs;

/// <summary>The members of the CMA-ES family, by the names that studies write.</summary>
internal sealed class EvolutionVariant
{
    private readonly Func<RunStart, int, EvolutionRun> _create;

    private EvolutionVariant(string name, int maximalDimension, Func<RunStart, int, EvolutionRun> create) =>
        (Name, MaximalDimension, _create) = (name, maximalDimension, create);

    /// <summary>Full covariance with diagonal decoding: the default up to about sixty numbers.</summary>
    public static EvolutionVariant Full { get; } = new("cma_es", 2000, (start, lambda) => new CmaEsRun(start, lambda));

    /// <summary>Full covariance whose learning rates follow the signal-to-noise ratio.</summary>
    public static EvolutionVariant Patient { get; } = new("cma_es", 200, (start, lambda) => new CmaEsRun(start, lambda, new LearningRateAdaptation(start.Mean.Length)));

    /// <summary>Diagonal covariance.</summary>
    public static EvolutionVariant Separable { get; } = new("sep_cma_es", int.MaxValue, (start, lambda) => new SeparableCmaEsRun(start, lambda));

    /// <summary>Diagonal and a few directions.</summary>
    public static EvolutionVariant Vkd { get; } = new("vkd_cma_es", int.MaxValue, (start, lambda) => new VkdCmaEsRun(start, lambda));

    /// <summary>Diagonal and one direction, by natural gradient.</summary>
    public static EvolutionVariant CrFmNes { get; } = new("cr_fm_nes", int.MaxValue, (start, lambda) => new CrFmNesRun(start, lambda));

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>How many numbers it can search.</summary>
    public int MaximalDimension { get; }

    /// <summary>The member that settings name.</summary>
    /// <exception cref="ArgumentException">Learning-rate adaptation is asked of a kind that has none.</exception>
    public static EvolutionVariant Of(CmaEsOptions options) => options switch
    {
        { Kind: not CmaEsKind.Full, LearningRateAdaptation: true } =>
            throw new ArgumentException($"LearningRateAdaptation goes with {CmaEsKind.Full} only, got {options.Kind}.", nameof(options)),
        { LearningRateAdaptation: true } => Patient,
        { Kind: CmaEsKind.Separable } => Separable,
        { Kind: CmaEsKind.Vkd } => Vkd,
        { Kind: CmaEsKind.CrFmNes } => CrFmNes,
        _ => Full,
    };

    /// <summary>Starts a run.</summary>
    /// <param name="start">Where.</param>
    /// <param name="lambda">Points a generation; at least 2.</param>
    public EvolutionRun Create(RunStart start, int lambda) => _create(start, lambda);
}
