using Search.Yaml;

namespace Search.Strategies.Sampling;

/// <summary>What a study says of a scrambled Sobol sequence: nothing.</summary>
public sealed record SobolSettings() : StrategySettings("sobol", false)
{
    /// <inheritdoc/>
    public override bool TakesAnyObjectives => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => space.Axes.Count <= SobolSequence.MaximalDimension
        ? new SamplingStrategy(space, new SobolSampling(space, context.Seed), context.Objectives)
        : throw new ArgumentException($"sobol serves at most {SobolSequence.MaximalDimension} free coefficients, got {space.Axes.Count}: use random.", nameof(space));

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [];

    internal static SobolSettings Read(YamlMap map, StrategyLimits limits) => new();
}
