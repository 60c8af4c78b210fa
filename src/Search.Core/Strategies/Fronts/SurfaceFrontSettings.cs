using Search.Yaml;

namespace Search.Strategies.Fronts;

/// <summary>What a study says of response surfaces for a front.</summary>
/// <param name="Options">The settings.</param>
public sealed record SurfaceFrontSettings(SurfaceFrontOptions Options) : StrategySettings("surface_front", false)
{
    /// <inheritdoc/>
    public override bool NeedsEveryScore => true;

    /// <inheritdoc/>
    public override bool SeeksFront => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new SurfaceFrontStrategy(space, context.Objectives, Options with { Seed = context.Seed });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("population", Options.PopulationSize), ("sigma", YamlText.Number(Options.Sigma))];

    internal static SurfaceFrontSettings Read(YamlMap map, StrategyLimits limits) => new(new SurfaceFrontOptions
    {
        PopulationSize = (int?)map.Integer("population", 2, 1_000_000),
        Sigma = map.Number("sigma", 1e-6, 1) ?? new SurfaceFrontOptions().Sigma,
    });
}
