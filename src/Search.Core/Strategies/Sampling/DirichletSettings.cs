using Search.Yaml;

namespace Search.Strategies.Sampling;

/// <summary>What a study says of Dirichlet sampling.</summary>
/// <param name="Concentration">Below 1 one expert dominates, at 1 all weights with the sum are as likely, above 1 they are alike.</param>
/// <param name="Total">What the coefficients of one group of tensors add up to.</param>
public sealed record DirichletSettings(double Concentration, double Total) : StrategySettings("dirichlet", false)
{
    /// <inheritdoc/>
    public override bool TakesAnyObjectives => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => WeightGroups.Of(space, context.Experts, context.Weights).SelectMany(group => group).Select(place => space.Coefficients[place]).FirstOrDefault(c => c.Lower > 0 || c.Upper < Total) is { } narrow
        ? throw new ArgumentException($"dirichlet needs bounds that hold 0 and {Total}, got [{narrow.Lower}, {narrow.Upper}] of coefficient '{narrow.Name}'.", nameof(space))
        : new SamplingStrategy(space, new DirichletSampling(space, WeightGroups.Of(space, context.Experts, context.Weights), Concentration, Total, context.Seed), context.Objectives);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() => [("concentration", YamlText.Number(Concentration)), ("total", YamlText.Number(Total))];

    internal static DirichletSettings Read(YamlMap map, StrategyLimits limits) =>
        new(map.Number("concentration", 1e-3, 1e6) ?? 1, map.Number("total", 1e-6, 1e6) ?? 1);
}
