using Search.Yaml;

namespace Search.Strategies.Bayesian;

/// <summary>What a study says of Bayesian optimisation.</summary>
/// <param name="Options">The settings; the seed is the study's.</param>
public sealed record BayesianSettings(BayesianOptions Options) : StrategySettings("bayesian", false)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new BayesianStrategy(space, Options with { Seed = context.Seed, Distance = context.Distance });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("acquisition", Options.Acquisition), ("prior", Options.Prior), ("kernel", Options.Kernel), ("initial", Options.InitialPoints), ("batch", Options.BatchSize),
    ];

    internal static BayesianSettings Read(YamlMap map, StrategyLimits limits)
    {
        var defaults = new BayesianOptions();
        return new BayesianSettings(defaults with
        {
            Acquisition = map.Choice("acquisition", defaults.Acquisition, [.. BayesianParts.Acquisitions.Keys]),
            Prior = map.Choice("prior", defaults.Prior, [.. BayesianParts.Priors.Keys]),
            Kernel = map.Choice("kernel", defaults.Kernel, [.. BayesianParts.Kernels.Keys]),
            InitialPoints = (int?)map.Integer("initial", 2, 1_000_000),
            BatchSize = (int)(map.Integer("batch", 1, BayesianOptions.MaximalBatch) ?? defaults.BatchSize),
        });
    }
}
