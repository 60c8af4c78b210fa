using Search.Yaml;

namespace Search.Strategies.OnePlusOne;

/// <summary>What a study says of the (1+1) evolution strategy.</summary>
/// <param name="Sigma">The first step size, in coefficient units.</param>
/// <param name="Range">The width of a coefficient, which turns them into fractions.</param>
public sealed record OnePlusOneSettings(double Sigma, double Range) : StrategySettings("one_plus_one", false)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) =>
        new OnePlusOneStrategy(space, new OnePlusOneOptions { Sigma = Sigma / Range, Seed = context.Seed });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("sigma", YamlText.Number(Sigma))];

    internal static OnePlusOneSettings Read(YamlMap map, StrategyLimits limits) =>
        new(map.Number("sigma", 1e-6 * limits.Range, limits.Range / 3) ?? (limits.Range / 6), limits.Range);
}
