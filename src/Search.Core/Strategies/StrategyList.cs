namespace Search.Strategies;

/// <summary>The strategies a study can name.</summary>
public static class StrategyList
{
    /// <summary>The names, as studies write them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cma_es"];

    /// <summary>Creates a strategy.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="space">What it searches.</param>
    /// <param name="sigma">The initial step size in the units of the widest coefficient.</param>
    /// <param name="population">Candidates a generation, or null for the strategy's own default.</param>
    /// <param name="seed">The seed of its random numbers.</param>
    /// <returns>The strategy.</returns>
    public static ISearchStrategy Create(string name, SearchSpace space, double sigma, int? population, long seed) => name switch
    {
        "cma_es" => new CmaEs.CmaEsStrategy(space, new CmaEs.CmaEsOptions { Sigma = sigma, PopulationSize = population, Seed = seed }),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, $"must be one of {string.Join(", ", Names)}"),
    };
}
