using Search.Strategies.AdaMerging;
using Search.Strategies.CmaEs;

namespace Search.Strategies;

/// <summary>The strategies a study can name.</summary>
public static class StrategyList
{
    /// <summary>The names, as studies write them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cma_es", "adamerging"];

    /// <summary>Creates a strategy.</summary>
    /// <param name="settings">Which, and how.</param>
    /// <param name="space">What it searches.</param>
    /// <param name="experts">How many consecutive coefficients of the space belong to one group of tensors.</param>
    /// <param name="seed">The seed of its random numbers.</param>
    /// <returns>The strategy.</returns>
    public static ISearchStrategy Create(StrategySettings settings, SearchSpace space, int experts, long seed) => settings switch
    {
        CmaEsSettings cma => new CmaEsStrategy(space, new CmaEsOptions { Sigma = cma.Sigma, PopulationSize = cma.Population, Seed = seed }),
        AdaMergingSettings ada => new AdaMergingStrategy(space, ada.Options with { GroupSize = experts }),
        _ => throw new ArgumentOutOfRangeException(nameof(settings), settings, $"must be one of {string.Join(", ", Names)}"),
    };
}
