using Search.Strategies.AdaMerging;

namespace Search.Strategies;

/// <summary>What a study says of its strategy.</summary>
/// <param name="Name">The strategy's name.</param>
/// <param name="NeedsGradient">Whether its candidates ask for derivatives, which not every engine gives.</param>
public abstract record StrategySettings(string Name, bool NeedsGradient);

/// <summary>What a study says of CMA-ES.</summary>
/// <param name="Sigma">The initial step size in coefficient units.</param>
/// <param name="Population">Candidates a generation, or null for the strategy's own default.</param>
public sealed record CmaEsSettings(double Sigma, int? Population) : StrategySettings("cma_es", false);

/// <summary>What a study says of AdaMerging.</summary>
/// <param name="Options">The settings.</param>
public sealed record AdaMergingSettings(AdaMergingOptions Options) : StrategySettings("adamerging", true);
