using Search.Yaml;

namespace Search.Strategies.ResponseSurface;

/// <summary>What a study says of the response surface.</summary>
/// <param name="Sigma">The standard deviation of candidates around the surface's minimum, in coefficient units.</param>
/// <param name="Population">Candidates a generation, or null for the strategy's own default.</param>
/// <param name="Range">The width of a coefficient, which turns units into fractions.</param>
public sealed record ResponseSurfaceSettings(double Sigma, int? Population, double Range) : StrategySettings("response_surface", false)
{
    /// <inheritdoc/>
    public override bool NeedsEveryScore => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) =>
        new ResponseSurfaceStrategy(space, new ResponseSurfaceOptions { Sigma = Sigma / Range, PopulationSize = Population, Seed = context.Seed });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("sigma", YamlText.Number(Sigma)), ("population", Population)];

    internal static ResponseSurfaceSettings Read(YamlMap map, StrategyLimits limits) => new(
        map.Number("sigma", 1e-6 * limits.Range, limits.Range / 3) ?? (limits.Range / 6), (int?)map.Integer("population", 2, 1_000_000), limits.Range);
}
