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
        JsonElement shown = Json("show", "one", "--json");
        JsonElement bounded = shown.GetProperty("constraints").EnumerateArray().Single();
        long best = shown.GetProperty("best").GetProperty("trial_id").GetInt64();
        long[] feasible = [.. Lines("query", "one", string.Create(CultureInfo.InvariantCulture, $"SELECT trial_id FROM trials WHERE role = 'search' AND strategy <> 'reference' AND label IS NULL AND scores['a/kl'] <= {limit} ORDER BY objectives[1], trial_id")).Select(long.Parse)];
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("constraints kept on search data: a/kl 0.").And.Contain($"(at most {limit.ToString("0.000000", CultureInfo.InvariantCulture)})"));
            Assert.That(Search("show", "one").Output, Does.Contain("constraints kept on search data").And.Contain(" on report data: a/kl "));
            Assert.That(feasible, Does.Contain(best));
            Assert.That((bounded.GetProperty("name").GetString(), bounded.GetProperty("most").GetDouble()), Is.EqualTo(("a/kl", limit)));
            Assert.That(bounded.GetProperty("value").GetDouble(), Is.EqualTo(shown.GetProperty("best").GetProperty("scores").GetProperty("a/kl").GetDouble()).And.LessThanOrEqualTo(limit));
            Assert.That(hasSelect || best == feasible[0]);
            Assert.That(Search("list").Output, Does.Contain("finished"));
            Assert.That(File.ReadAllText(Path.Combine(_study.Results, "tiny/one/report.html")), Does.Contain("constraints kept on search data"));
        });
    }

    [Test]
    public void Pareto_ALimitOnAScoreThatIsNoObjective_ShowsTheFrontOfTheFeasible()
    {
        string[] study = ["--set", "objectives=[{ score: entropy, aggregate: none }]", "--set", "strategy.name=random", "--set", "budget.evaluations=60"];
        Assert.That(Search(["run", _study.Path, "--run-id", "free", .. study, "--set", "constraints=[{ objective: a/kl, limit: 100 }]"]).ExitCode, Is.Zero);
        double limit = Lines("query", "free", "SELECT scores['a/kl'] FROM trials WHERE role = 'search' AND strategy <> 'reference'").Select(Number).Order().ElementAt(15);
        Assert.That(Search(["run", _study.Path, "--run-id", "one", .. study, "--set", string.Create(CultureInfo.InvariantCulture, $"constraints=[{{ objective: a/kl, limit: {limit} }}]")]).ExitCode, Is.Zero);
        (long Id, double[] Values)[] feasible = [.. Lines("query", "one", string.Create(CultureInfo.InvariantCulture, $"SELECT trial_id, objectives[1], objectives[2] FROM trials WHERE role = 'search' AND strategy <> 'reference' AND label IS NULL AND scores['a/kl'] <= {limit}"))
            .Select(line => line.Split(',')).Select(cells => (long.Parse(cells[0], CultureInfo.InvariantCulture), new[] { Number(cells[1]), Number(cells[2]) }))];
        long[] front = [.. feasible.Where(one => !feasible.Any(other => other.Id != one.Id && other.Values[0] <= one.Values[0] && other.Values[1] <= one.Values[1])).Select(one => one.Id)];
        Assert.That(feasible, Has.Length.EqualTo(16), "what is drawn does not depend on what is told");
        Assert.That(Json("pareto", "one", "--role", "search", "--json").GetProperty("front").EnumerateArray().Select(trial => trial.GetProperty("trial_id").GetInt64()), Is.EquivalentTo(front));
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
