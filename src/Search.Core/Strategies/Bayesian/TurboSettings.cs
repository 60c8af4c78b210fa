using Search.Yaml;

namespace Search.Strategies.Bayesian;

/// <summary>What a study says of Bayesian optimisation in a trust region.</summary>
/// <param name="Options">The settings; the seed is the study's.</param>
public sealed record TurboSettings(TurboOptions Options) : StrategySettings("turbo", false)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new TurboStrategy(space, Options with { Seed = context.Seed });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("initial", Options.InitialPoints), ("batch", Options.BatchSize)];

    internal static TurboSettings Read(YamlMap map, StrategyLimits limits) => new(new TurboOptions
    {
        InitialPoints = (int?)map.Integer("initial", 2, 1_000_000),
        BatchSize = (int)(map.Integer("batch", 1, BayesianOptions.MaximalBatch) ?? new TurboOptions().BatchSize),
    });
}
