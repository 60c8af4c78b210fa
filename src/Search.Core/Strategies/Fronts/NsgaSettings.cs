using Search.Strategies.Genetic;
using Search.Yaml;

namespace Search.Strategies.Fronts;

/// <summary>What a study says of NSGA-II or NSGA-III.</summary>
/// <param name="Options">The settings; a population of 0 is one for each direction.</param>
/// <param name="IsThird">Whether directions spread the front, as in NSGA-III, or crowding does.</param>
public sealed record NsgaSettings(GeneticOptions Options, bool IsThird) : StrategySettings(IsThird ? "nsga3" : "nsga2", false)
{
    private const double MutationIndex = 20;

    /// <inheritdoc/>
    public override bool SeeksFront => true;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new GeneticStrategy(
        space,
        Options with { Seed = context.Seed, Reinsertion = IsThird ? new ReferenceReinsertion(ReferenceDirections.Spread(ReferenceDirections.About(context.Objectives, Options.Population))) : new CrowdingReinsertion() },
        Name,
        context.Objectives);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("population", Options.Population),
        ("offspring", Options.Offspring),
        ("growth", YamlText.Number(Options.Growth)),
        ("spread", YamlText.Number(Options.Spread)),
        ("crossover_index", YamlText.Number(((SimulatedBinaryCrossover)Options.Crossover).Index)),
        ("crossover_probability", YamlText.Number(Options.CrossoverProbability)),
        ("mutation_index", YamlText.Number(((PolynomialMutation)Options.Mutation).Index)),
    ];

    internal static Func<YamlMap, StrategyLimits, StrategySettings> Reader(bool isThird) => (map, _) => new NsgaSettings(
        new GeneticOptions
        {
            Population = (int)(map.Integer("population", 4, 1_000_000) ?? 100),
            Offspring = (int)(map.Integer("offspring", 4, 1_000_000) ?? 20),
            Growth = map.Number("growth", 0, 1_000_000) ?? (isThird ? 0.2 : 0.15),
            Spread = map.Number("spread", 1e-6, 1) ?? 0.2,
            Crossover = new SimulatedBinaryCrossover(map.Number("crossover_index", 1e-3, 1000) ?? (isThird ? 8 : 5)),
            CrossoverProbability = map.Number("crossover_probability", 0, 1) ?? (isThird ? 1 : 0.9),
            Selection = new TournamentSelection(isThird ? 1 : 2), // NSGA-III has no selection but survival: among its survivors none is the better (§IV-F)
            Mutation = new PolynomialMutation(map.Number("mutation_index", 1e-3, 1000) ?? MutationIndex),
        },
        isThird);
}
