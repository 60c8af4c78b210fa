using System.Globalization;
using System.Text.Json;

namespace Search.Cli.Tests;

/// <summary>A study with one objective and a bound on another score, through the process that people start.</summary>
public sealed class ConstraintLifeTests : IDisposable
{
    private readonly TinyStudy _study = new();

    [Test]
    public void Run_ALimitOnAScoreThatIsNotSearched_KeepsTheWinnerWithinIt([Values] bool hasSelect)
    {
        if (!hasSelect)
        {
            _study.Replace("select: a.select.safetensors, ", "");
            _study.Replace("select: b.select.safetensors, ", "");
        }

        // A bound in the middle of what candidates have, so that the least objective is of one that breaks it.
        Assert.That(Search("run", _study.Path, "--run-id", "free", "--set", "constraints=[{ objective: a/kl, limit: 100 }]").ExitCode, Is.Zero);
        double[] rows = [.. Lines("query", "free", "SELECT scores['a/kl'] FROM trials WHERE role = 'search' AND strategy <> 'reference' ORDER BY objectives[1]").Select(Number)];
        double limit = (rows[0] + rows.Min()) / 2;
        Assert.That(limit, Is.LessThan(rows[0]));
        string constraint = string.Create(CultureInfo.InvariantCulture, $"constraints=[{{ objective: a/kl, limit: {limit} }}]");
        SearchProcess run = Search("run", _study.Path, "--run-id", "one", "--set", constraint);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        long best = Json("show", "one", "--json").GetProperty("best").GetProperty("trial_id").GetInt64();
        long[] feasible = [.. Lines("query", "one", string.Create(CultureInfo.InvariantCulture, $"SELECT trial_id FROM trials WHERE role = 'search' AND strategy <> 'reference' AND label IS NULL AND scores['a/kl'] <= {limit} ORDER BY objectives[1], trial_id")).Select(long.Parse)];
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("constraints kept on search data: a/kl 0.").And.Contain($"(at most {limit.ToString("0.000000", CultureInfo.InvariantCulture)})"));
            Assert.That(Search("show", "one").Output, Does.Contain("constraints kept on search data").And.Contain(" on report data: a/kl "));
            Assert.That(feasible, Does.Contain(best));
            Assert.That(hasSelect || best == feasible[0]);
            Assert.That(Search("list").Output, Does.Contain("finished"));
            Assert.That(File.ReadAllText(Path.Combine(_study.Results, "tiny/one/report.html")), Does.Contain("constraints kept on search data"));
        });
    }

    [Test]
    public void Run_NothingFeasible_SaysSo()
    {
        SearchProcess run = Search("run", _study.Path, "--run-id", "none", "--set", "constraints=[{ objective: a, limit: -1 }]");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("beware, no candidate keeps the constraints on search data: a 0.").And.Contain("(at most -1.000000)"));
        Assert.That(Search("run", _study.Path, "--set", "strategy.name=adamerging", "--set", "constraints=[{ objective: a, limit: 1 }]").Error, Does.Contain("'constraints' reach strategies as penalties"));
    }

    public void Dispose() => _study.Dispose();

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private string[] Lines(params string[] arguments) => [.. Search([.. arguments, "--format", "csv"]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];

    private JsonElement Json(params string[] arguments) => JsonDocument.Parse(Search(arguments).Output).RootElement;

    private SearchProcess Search(params string[] arguments) => SearchProcess.Run([.. arguments, "--out", _study.Results]);
}
