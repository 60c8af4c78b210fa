using Search.Strategies.Bayesian;
using Search.Yaml;

namespace Search.Strategies.Fronts;

/// <summary>What a study says of noisy expected hypervolume improvement.</summary>
/// <param name="Options">The settings; the seed is the study's.</param>
public sealed record NehviSettings(NehviOptions Options) : StrategySettings("nehvi", false)
{
    /// <inheritdoc/>
    public override bool SeeksFront => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new NehviStrategy(space, context.Objectives, Options with { Seed = context.Seed });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("prior", Options.Prior), ("initial", Options.InitialPoints), ("batch", Options.BatchSize)];

    internal static NehviSettings Read(YamlMap map, StrategyLimits limits) => new(new NehviOptions
    {
        Prior = map.Choice("prior", new NehviOptions().Prior, [.. BayesianParts.Priors.Keys]),
        InitialPoints = (int?)map.Integer("initial", 2, 1_000_000),
        BatchSize = (int)(map.Integer("batch", 1, BayesianOptions.MaximalBatch) ?? new NehviOptions().BatchSize),
    });
}
