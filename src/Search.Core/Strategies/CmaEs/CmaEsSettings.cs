using Search.Yaml;

namespace Search.Strategies.CmaEs;

/// <summary>What a study says of a member of the CMA-ES family.</summary>
/// <param name="Options">The settings, of which the seed is not the study's to say.</param>
public sealed record CmaEsSettings(CmaEsOptions Options) : StrategySettings(EvolutionVariant.Of(Options).Name, false)
{
    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context)
    {
        // A budget below the default generation makes a smaller one; a population that the study names is not ours to change.
        int? population = Options.PopulationSize;
        if (population is null && context.Budget is { } budget && budget < CmaEsConstants.DefaultLambda(space.Axes.Count))
        {
            population = (int)Math.Max(2, budget);
        }

        var strategy = new CmaEsStrategy(space, Options with { Seed = context.Seed, PopulationSize = population });
        return !(context.Budget < strategy.PopulationSize)
            ? strategy
            : throw new ArgumentException($"{Name} learns from whole generations, of {strategy.PopulationSize} candidates here: the budget must allow that many evaluations, got {context.Budget}.", nameof(context));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("sigma", Options.Sigma is { } sigma ? YamlText.Number(sigma) : null),
        ("population", (object?)Options.PopulationSize ?? "auto"),
        ("restarts", YamlText.Word(Options.Restarts)),
        ("learning_rate_adaptation", Options.Kind == CmaEsKind.Full ? Options.LearningRateAdaptation : null),
    ];

    internal static Func<YamlMap, StrategyLimits, StrategySettings> Reader(CmaEsKind kind) => (map, limits) => new CmaEsSettings(new CmaEsOptions
    {
        Kind = kind,
        Sigma = map.Number("sigma", 1e-6 * limits.Range, limits.Range / 3),
        PopulationSize = map.Text("population") == "auto" ? null : (int?)map.Integer("population", 2, 1_000_000),
        Restarts = Enum.Parse<CmaEsRestarts>(map.Choice("restarts", "none", [.. Enum.GetValues<CmaEsRestarts>().Select(YamlText.Word)]), ignoreCase: true),
        LearningRateAdaptation = kind == CmaEsKind.Full && map.Choice("learning_rate_adaptation", "false", "false", "true") == "true",
    });
}
