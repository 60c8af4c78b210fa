namespace Search.Strategies.Bayesian;

/// <summary>What the settings of Bayesian searches can name.</summary>
internal static class BayesianParts
{
    /// <summary>Ways to choose the next point.</summary>
    public static IReadOnlyDictionary<string, Func<Proposer>> Acquisitions { get; } = new Dictionary<string, Func<Proposer>>
    {
        ["log_ei"] = LogEi,
        ["pi"] = Pi,
        ["ucb"] = Ucb,
        ["thompson"] = () => new ThompsonProposer(),
        ["hedge"] = () => new HedgeProposer([LogEi(), Pi(), Ucb()]),
    };

    /// <summary>Priors of the process's numbers, made of a space and how far apart the models of two candidates are, where that is known.</summary>
    public static IReadOnlyDictionary<string, Func<SearchSpace, Func<IReadOnlyList<double>, IReadOnlyList<double>, double?>?, HyperPrior>> Priors { get; } =
        new Dictionary<string, Func<SearchSpace, Func<IReadOnlyList<double>, IReadOnlyList<double>, double?>?, HyperPrior>>
        {
            ["gamma"] = (_, _) => new GammaPrior(),
            ["optuna"] = (_, _) => new OptunaPrior(),
            ["dimension_scaled"] = (_, _) => new DimensionScaledPrior(),
            ["distances"] = DistancePrior.Of,
        };

    /// <summary>Covariance functions.</summary>
    public static IReadOnlyDictionary<string, Kernel> Kernels { get; } = new Dictionary<string, Kernel>
    {
        ["matern52"] = new Matern52Kernel(),
        ["squared_exponential"] = new SquaredExponentialKernel(),
    };

    /// <summary>What a setting names.</summary>
    /// <param name="parts">What it can name.</param>
    /// <param name="name">The name.</param>
    /// <param name="setting">The setting, for the error.</param>
    /// <exception cref="ArgumentException">There is no such name.</exception>
    public static T Find<T>(IReadOnlyDictionary<string, T> parts, string name, string setting) => parts.TryGetValue(name, out T? part)
        ? part
        : throw new ArgumentException($"{setting} must be one of {string.Join(", ", parts.Keys)}, got '{name}'.", setting);

    private static AcquisitionProposer LogEi() => new(new LogExpectedImprovement());

    private static AcquisitionProposer Pi() => new(new LogProbabilityOfImprovement(0.01)); // of a standard deviation, as Brochu et al. 2010 (arXiv:1012.2599, §2.3.1) advise

    private static AcquisitionProposer Ucb() => new(new ConfidenceBound(2)); // standard deviations: one value in 44 lies below, if the process is right
}
