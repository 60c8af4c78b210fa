using Search.Yaml;

namespace Search.Strategies.Fronts;

/// <summary>What a study says of MAP.</summary>
/// <param name="Options">The settings.</param>
/// <param name="IsNested">Whether experts are merged in pairs, so that no surface has more than two numbers.</param>
public sealed record MapSettings(MapOptions Options, bool IsNested) : StrategySettings("map", false)
{
    /// <inheritdoc/>
    public override bool SeeksFront => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context)
    {
        IReadOnlyList<int[]> groups = WeightGroups.Of(space, context.Experts, context.Weights);
        MapOptions options = Options with { Seed = context.Seed };
        return IsNested ? new NestedMapStrategy(space, context.Objectives, groups, context.Budget, options) : new MapStrategy(space, context.Objectives, Corners(space, groups), options);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("initial", Options.InitialPoints), ("population", Options.PopulationSize), ("generations", Options.Generations), ("link", Options.Link), ("form", Form(Options.IsFull)), ("nested", IsNested),
    ];

    internal static MapSettings Read(YamlMap map, StrategyLimits limits) => new(
        new MapOptions
        {
            InitialPoints = (int?)map.Integer("initial", 2, 1_000_000),
            PopulationSize = (int)(map.Integer("population", 1, 1_000_000) ?? new MapOptions().PopulationSize),
            Generations = (int)(map.Integer("generations", 1, 1_000_000) ?? new MapOptions().Generations),
            Link = map.Choice("link", "auto", ResponseLink.Names),
            IsFull = map.Choice("form", "auto", "auto", "full", "diagonal") switch { "auto" => null, var form => form == "full" },
        },
        map.Choice("nested", "false", "false", "true") == "true");

    private static string Form(bool? isFull) => isFull switch { null => "auto", true => "full", false => "diagonal" };

    // Every expert alone, and all with equal weights.
    private static IReadOnlyList<IReadOnlyList<double>> Corners(SearchSpace space, IReadOnlyList<int[]> groups)
    {
        int experts = groups.Max(group => group.Length);
        double[] Corner(Func<int, double> weight)
        {
            double[] corner = [.. space.Coefficients.Select(coefficient => coefficient.Initial)];
            foreach (int[] group in groups)
            {
                for (int k = 0; k < group.Length; k++)
                {
                    corner[group[k]] = weight(k);
                }
            }

            return corner;
        }

        return experts == 1 ? [] : [.. Enumerable.Range(0, experts).Select(expert => Corner(k => k == expert ? 1 : 0)), Corner(_ => 1.0 / experts)];
    }
}
