using Search.Strategies.AdaMerging;
using Search.Strategies.Bayesian;
using Search.Strategies.CmaEs;
using Search.Strategies.Fronts;
using Search.Strategies.Genetic;
using Search.Strategies.GreedySoup;
using Search.Strategies.OnePlusOne;
using Search.Strategies.Portfolio;
using Search.Strategies.ResponseSurface;
using Search.Strategies.Sampling;
using Search.Strategies.Spsa;
using Search.Yaml;

namespace Search.Strategies;

/// <summary>The strategies a study can name.</summary>
public static class StrategyList
{
    private static readonly Dictionary<string, Func<YamlMap, StrategyLimits, StrategySettings>> Readers = new()
    {
        ["cma_es"] = CmaEsSettings.Reader(CmaEsKind.Full),
        ["sep_cma_es"] = CmaEsSettings.Reader(CmaEsKind.Separable),
        ["vkd_cma_es"] = CmaEsSettings.Reader(CmaEsKind.Vkd),
        ["cr_fm_nes"] = CmaEsSettings.Reader(CmaEsKind.CrFmNes),
        ["adamerging"] = AdaMergingSettings.Read,
        ["bayesian"] = BayesianSettings.Read,
        ["turbo"] = TurboSettings.Read,
        ["portfolio"] = PortfolioSettings.Read,
        ["genetic"] = GeneticSettings.Read,
        ["nsga2"] = NsgaSettings.Reader(false),
        ["nsga3"] = NsgaSettings.Reader(true),
        ["surface_front"] = SurfaceFrontSettings.Read,
        ["map"] = MapSettings.Read,
        ["parego"] = ParegoSettings.Read,
        ["nehvi"] = NehviSettings.Read,
        ["gradient_front"] = GradientFrontSettings.Read,
        ["one_plus_one"] = OnePlusOneSettings.Read,
        ["response_surface"] = ResponseSurfaceSettings.Read,
        ["spsa"] = SpsaSettings.Read,
        ["greedy_soup"] = GreedySoupSettings.Read,
        ["grid"] = GridSettings.Read,
        ["random"] = RandomSettings.Read,
        ["sobol"] = SobolSettings.Read,
        ["dirichlet"] = DirichletSettings.Read,
    };

    /// <summary>The names, as studies write them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Readers.Keys];

    /// <summary>Those of them that look for a front of several objectives; the others minimise one.</summary>
    public static IReadOnlyList<string> FrontNames { get; } = ["nsga2", "nsga3", "surface_front", "map", "parego", "nehvi", "gradient_front"];

    /// <summary>Reads a strategy's section: its <c>name</c>, by default <c>cma_es</c> or, of several objectives, <c>surface_front</c>, and that strategy's settings.</summary>
    /// <param name="map">The section.</param>
    /// <param name="limits">What the settings are checked against.</param>
    /// <exception cref="Controller.StudyException">A key is unknown or out of range.</exception>
    internal static StrategySettings Read(YamlMap map, StrategyLimits limits)
    {
        StrategySettings settings = Readers[map.Choice("name", limits.Objectives > 1 ? "surface_front" : "cma_es", Names)](map, limits);
        map.End();
        return settings;
    }
}
