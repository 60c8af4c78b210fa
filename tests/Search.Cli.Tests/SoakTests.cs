using System.Globalization;

namespace Search.Cli.Tests;

/// <summary>
/// A few kills of each strategy. More of them, with a log:
/// <c>dotnet test tests/Search.Cli.Tests -c Release --filter SoakTests -- 'TestRunParameters.Parameter(name="kills",value="40")' 'TestRunParameters.Parameter(name="log",value="/tmp/soak.log")'</c>.
/// </summary>
[NonParallelizable] // Instants are random, but the less else runs the more of them fall into the search.
public sealed class SoakTests : IDisposable
{
    private readonly TinyStudy _study = new();

    [TestCase("cma_es", "budget.evaluations=6000", "strategy.population=600", "evaluator.batch_size=4")]
    [TestCase("nsga2", "budget.evaluations=3000", "strategy={ name: nsga2, population: 100 }", "objectives=[{ score: entropy, aggregate: none }]", "evaluator.batch_size=4")]
    [TestCase("adamerging", "budget.evaluations=10000", "strategy={ name: adamerging, steps: 1500, learning_rate: 0.001, batch: 4, checkpoint: 100 }")]
    [TestCase("sequence", "budget.evaluations=4000", "strategy=[{ name: cma_es, population: 500, evaluations: 2000 }, { name: genetic }]", "evaluator.batch_size=4")]
    public void Resume_KilledAtAnyInstant_GivesTheLedgerOfAnUnbrokenRun(string name, params string[] settings)
    {
        if (name == "adamerging")
        {
            Torch.Require();
        }

        int kills = int.Parse(TestContext.Parameters.Get("kills", "3"), CultureInfo.InvariantCulture);
        var soak = new Soak(_study, int.Parse(TestContext.Parameters.Get("seed", "1"), CultureInfo.InvariantCulture));
        soak.Run(kills, [.. settings.SelectMany(setting => new[] { "--set", setting })]);
        if (TestContext.Parameters.Get("log") is { } log)
        {
            File.AppendAllText(log, $"{name}: {string.Join(' ', settings)}\n{soak.Log}\n");
        }

        Assert.That(soak.Kills, Is.EqualTo(kills));
    }

    public void Dispose() => _study.Dispose();
}
