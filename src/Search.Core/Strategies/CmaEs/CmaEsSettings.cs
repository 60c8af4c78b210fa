using Search.Yaml;

namespace Search.Strategies.CmaEs;

/// <summary>What a study says of CMA-ES.</summary>
/// <param name="Sigma">The initial step size in coefficient units.</param>
/// <param name="Population">Candidates a generation, or null for the strategy's own default.</param>
public sealed record CmaEsSettings(double Sigma, int? Population) : StrategySettings("cma_es", false)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) =>
        new CmaEsStrategy(space, new CmaEsOptions { Sigma = Sigma, PopulationSize = Population, Seed = context.Seed });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("sigma", YamlText.Number(Sigma)), ("population", Population)];

    internal static CmaEsSettings Read(YamlMap map, StrategyLimits limits) => new(
        map.Number("sigma", 1e-6 * limits.Range, limits.Range / 3) ?? (limits.Range / 6), (int?)map.Integer("population", 2, 1_000_000));
}
