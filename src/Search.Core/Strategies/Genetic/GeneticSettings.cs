using Search.Yaml;

namespace Search.Strategies.Genetic;

/// <summary>What a study says of the genetic algorithm.</summary>
/// <param name="Options">The settings.</param>
public sealed record GeneticSettings(GeneticOptions Options) : StrategySettings("genetic", false)
{
    private const int SteadyOffspring = 2;

    /// <inheritdoc/>
    public override ISearchStrategy Create(SearchSpace space, StrategyContext context) => new GeneticStrategy(space, Options with { Seed = context.Seed });

    /// <inheritdoc/>
    public override IEnumerable<(string Key, object? Value)> Entries() =>
    [
        ("population", Options.Population),
        ("offspring", Options.Offspring),
        ("spread", YamlText.Number(Options.Spread)),
        .. Options.Selection switch
        {
            TournamentSelection tournament => Entry("selection", "tournament", "tournament_size", tournament.Size),
            RankSelection rank => Entry("selection", "rank", "pressure", YamlText.Number(rank.Pressure)),
            EliteSelection elite => Entry("selection", "elite", "fraction", YamlText.Number(elite.Fraction)),
            _ => [("selection", "roulette")],
        },
        .. Options.Crossover switch
        {
            SimulatedBinaryCrossover sbx => Entry("crossover", "sbx", "crossover_index", YamlText.Number(sbx.Index)),
            BlendCrossover blend => Entry("crossover", "blx", "alpha", YamlText.Number(blend.Alpha)),
            UniformCrossover => [("crossover", "uniform")],
            _ => [("crossover", "arithmetic")],
        },
        ("crossover_probability", YamlText.Number(Options.CrossoverProbability)),
        .. Options.Mutation switch
        {
            PolynomialMutation polynomial => Entry("mutation", "polynomial", "mutation_index", YamlText.Number(polynomial.Index)),
            GaussianMutation gaussian => Entry("mutation", "gaussian", "mutation_deviation", YamlText.Number(gaussian.Deviation)),
            _ => throw new InvalidOperationException($"mutation {Options.Mutation} has no name in studies"),
        },
        ("mutation_probability", Options.MutationProbability is { } probability ? YamlText.Number(probability) : null),
        .. Options.Reinsertion switch
        {
            ElitistReinsertion elitist => Entry("reinsertion", "elitist", "elite", elitist.Elite),
            PureReinsertion => [("reinsertion", "pure")],
            _ => [("reinsertion", "fitness")],
        },
        ("stagnation", Options.Terminations.OfType<StagnationTermination>().FirstOrDefault()?.Generations),
        ("generations", Options.Terminations.OfType<GenerationTermination>().FirstOrDefault()?.Generations),
    ];

    internal static GeneticSettings Read(YamlMap map, StrategyLimits limits)
    {
        var defaults = new GeneticOptions();
        bool steady = map.Choice("scheme", "generational", "generational", "steady_state") == "steady_state";
        return new GeneticSettings(defaults with
        {
            Population = (int)(map.Integer("population", 2, 1_000_000) ?? defaults.Population),
            Offspring = (int?)map.Integer("offspring", 1, 1_000_000) ?? (steady ? SteadyOffspring : null),
            Spread = map.Number("spread", 1e-6, 1) ?? defaults.Spread,
            Selection = map.Choice("selection", "tournament", "tournament", "roulette", "rank", "elite") switch
            {
                "roulette" => new RouletteSelection(),
                "rank" => new RankSelection(map.Number("pressure", 1, 2) ?? new RankSelection().Pressure),
                "elite" => new EliteSelection(map.Number("fraction", 1e-6, 1) ?? new EliteSelection().Fraction),
                _ => new TournamentSelection((int)(map.Integer("tournament_size", 1, 1000) ?? new TournamentSelection().Size)),
            },
            Crossover = map.Choice("crossover", "sbx", "sbx", "blx", "uniform", "arithmetic") switch
            {
                "blx" => new BlendCrossover(map.Number("alpha", 0, 10) ?? new BlendCrossover().Alpha),
                "uniform" => new UniformCrossover(),
                "arithmetic" => new ArithmeticCrossover(),
                _ => new SimulatedBinaryCrossover(map.Number("crossover_index", 1e-3, 1000) ?? new SimulatedBinaryCrossover().Index),
            },
            CrossoverProbability = map.Number("crossover_probability", 0, 1) ?? defaults.CrossoverProbability,
            Mutation = map.Choice("mutation", "polynomial", "polynomial", "gaussian") == "gaussian"
                ? new GaussianMutation(map.Number("mutation_deviation", 1e-6, 1) ?? new GaussianMutation().Deviation)
                : new PolynomialMutation(map.Number("mutation_index", 1e-3, 1000) ?? new PolynomialMutation().Index),
            MutationProbability = map.Number("mutation_probability", 0, 1),
            Reinsertion = map.Choice("reinsertion", "fitness", "fitness", "elitist", "pure") switch
            {
                "elitist" => new ElitistReinsertion((int)(map.Integer("elite", 1, 1_000_000) ?? new ElitistReinsertion().Elite)),
                "pure" => new PureReinsertion(),
                _ => new FitnessReinsertion(),
            },
            Terminations =
            [
                .. map.Integer("stagnation", 1, 1_000_000) is { } patience ? [new StagnationTermination((int)patience)] : Array.Empty<ITermination>(),
                .. map.Integer("generations", 1, 100_000_000) is { } number ? [new GenerationTermination((int)number)] : Array.Empty<ITermination>(),
            ],
        });
    }

    private static (string, object?)[] Entry(string key, string word, string setting, object value) => [(key, word), (setting, value)];
}
