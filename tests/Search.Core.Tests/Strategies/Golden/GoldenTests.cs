using System.Globalization;
using Search.Strategies;

namespace Search.Tests.Strategies.Golden;

// Each <name>.csv holds candidates of a search with seed 1, in the order they were asked for, and the objective each was told: what a seed
// proposes cannot change unnoticed. Doubles are written so that they read back to the same bits, but are compared within a tolerance:
// mathematical libraries round logarithms and cosines differently, and the sum of a vector depends on how many numbers the processor adds at
// once. Most strategies keep such differences below 1e-14 over the rows on record. Where a point is the maximum of a fitted model they grow to
// what the search for that maximum leaves open, and then from trial to trial: these cases allow more, and the Bayesian ones have fewer rows. What portfolio closes with starts at such a maximum,
// a hundred trials on.
//
// A change that is meant: SEARCH_GOLDEN=$PWD/tests/Search.Core.Tests/Strategies/Golden dotnet test tests/Search.Core.Tests --filter GoldenTests
// writes the files anew instead of comparing them; then read what git says has changed.
public sealed class GoldenTests
{
    private static IReadOnlyList<GoldenCase> Cases { get; } =
    [
        new("cma_es", "cma_es"),
        new("cma_es_mixed", "cma_es") { Space = "mixed" },
        new("cma_es_learning_rate_adaptation", "cma_es,learning_rate_adaptation=true"),
        new("cma_es_ipop", "cma_es,population=4,restarts=ipop") { IsFlat = true, Skip = 350 },
        new("cma_es_bipop", "cma_es,population=4,restarts=bipop") { IsFlat = true, Skip = 350 },
        new("sep_cma_es", "sep_cma_es"),
        new("vkd_cma_es", "vkd_cma_es"),
        new("cr_fm_nes", "cr_fm_nes"),
        new("adamerging", "adamerging,learning_rate=0.05,checkpoint=5"),
        new("bayesian", "bayesian") { Rows = 10, Tolerance = 1e-4 },
        new("bayesian_mixed", "bayesian") { Space = "mixed", Rows = 10, Tolerance = 1e-4 },
        new("bayesian_pi", "bayesian,acquisition=pi") { Rows = 10, Tolerance = 1e-4 },
        new("bayesian_ucb", "bayesian,acquisition=ucb") { Rows = 10, Tolerance = 1e-4 },
        new("bayesian_thompson", "bayesian,acquisition=thompson") { Rows = 10, Tolerance = 1e-4 },
        new("bayesian_hedge", "bayesian,acquisition=hedge") { Rows = 10, Tolerance = 1e-4 },
        new("turbo", "turbo") { Tolerance = 1e-6 },
        new("portfolio", "portfolio") { Rows = 18, Tolerance = 1e-4 },
        new("portfolio_closing", "portfolio") { Skip = 100, Tolerance = 1e-3 },
        new("genetic", "genetic"),
        new("genetic_mixed", "genetic") { Space = "mixed" },
        new("genetic_steady_state", "genetic,scheme=steady_state,population=8"),
        new("nsga2", "nsga2,population=8") { Objectives = 2 },
        new("nsga3", "nsga3,population=8") { Objectives = 3 },
        new("surface_front", "surface_front") { Objectives = 2, Tolerance = 1e-4 },
        new("map", "map") { Objectives = 2, Tolerance = 1e-4 },
        new("parego", "parego") { Objectives = 2, Rows = 10, Tolerance = 1e-4 },
        new("nehvi", "nehvi") { Objectives = 2, Rows = 10, Tolerance = 1e-3 },
        new("map_nested", "map,nested=true") { Objectives = 2, Tolerance = 1e-4 },
        new("gradient_front", "gradient_front,points=3,steps=6") { Objectives = 2 },
        new("one_plus_one", "one_plus_one"),
        new("response_surface", "response_surface") { Tolerance = 1e-6 },
        new("spsa", "spsa"),
        new("greedy_soup", "greedy_soup"),
        new("grid", "grid"),
        new("random", "random"),
        new("sobol", "sobol"),
        new("dirichlet", "dirichlet"),
        new("sequence", "sobol,evaluations=8", "cma_es,sigma=0.1"),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Ask_GoldenSeed_ProposesWhatIsOnRecord(GoldenCase one)
    {
        List<double[]> rows = Run(one);
        string file = $"{one.Name}.csv";
        if (Environment.GetEnvironmentVariable("SEARCH_GOLDEN") is { } folder)
        {
            IEnumerable<string> names = ContractSpaces.Create(one.Space).Coefficients.Select(coefficient => coefficient.Name)
                .Concat(one.Objectives == 1 ? ["objective"] : Enumerable.Range(1, one.Objectives).Select(i => $"objective_{i}"));
            File.WriteAllLines(Path.Combine(folder, file), [string.Join(',', names), .. rows.Select(row => string.Join(',', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture))))]);
            Assert.Ignore($"{file} was written anew.");
        }

        string[] lines = File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Strategies", "Golden", file));
        double[][] expected = [.. lines.Skip(1).Select(line => line.Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray())];
        Assert.That(rows, Has.Count.EqualTo(expected.Length));
        for (int row = 0; row < expected.Length; row++)
        {
            for (int column = 0; column < expected[row].Length; column++)
            {
                double value = expected[row][column];
                Assert.That(rows[row][column], Is.EqualTo(value).Within(one.Tolerance * Math.Max(1, Math.Abs(value))), $"line {row + 2}, column {column + 1}");
            }
        }
    }

    [Test]
    public void Names_EveryStrategy_IsOnRecord() =>
        Assert.That(Cases.SelectMany(one => one.Stages).Select(stage => stage.Split(',')[0]), Is.SupersetOf(StrategyList.Names));

    private static List<double[]> Run(GoldenCase one)
    {
        SearchSpace space = ContractSpaces.Create(one.Space);
        ISearchStrategy strategy = one.Create(space);
        var rows = new List<double[]>();
        while (rows.Count < one.Skip + one.Rows && strategy.StopReason is null)
        {
            IReadOnlyList<Candidate> candidates = strategy.Ask(strategy.PopulationSize);
            Verdict[] verdicts = [.. candidates.Select(candidate => new Verdict(candidate, one.IsFlat ? [1] : ContractSpaces.Objectives(space, candidate.Coefficients, one.Objectives))
            {
                Gradient = candidate.Gradient is null ? null : ContractSpaces.Gradient(space, candidate.Coefficients, one.Objectives),
            })];
            strategy.Tell(verdicts);
            rows.AddRange(verdicts.Select(verdict => (double[])[.. verdict.Candidate.Coefficients, .. verdict.Objectives!]));
        }

        return [.. rows.Skip(one.Skip).Take(one.Rows)];
    }
}
