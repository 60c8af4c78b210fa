using System.Globalization;
using System.Text.Json;

namespace Search.Cli.Tests;

/// <summary>A study with several objectives, through the process that people start.</summary>
public sealed class FrontLifeTests : IDisposable
{
    private const string Content =
        "SELECT * EXCLUDE (run_id, started_at, merge_ms, forward_ms, backward_ms, objective_ms) FROM trials WHERE role = 'search' ORDER BY trial_id";

    private static readonly string[] _front = ["--set", "objectives=[{ score: entropy, aggregate: none }]", "--set", "budget.evaluations=60"];

    private readonly TinyStudy _study = new();

    [Test]
    public void Run_SeveralObjectives_ExportsTheCompromiseAndShowsTheFront([Values("nsga2", "nsga3", "surface_front", "map", "nehvi", "gradient_front")] string strategy)
    {
        RequireTorch(strategy);
        string[] settings = strategy == "gradient_front" ? ["--set", "strategy.batch=all"] : []; // every step can be compared
        SearchProcess run = Search(["run", _study.Path, "--run-id", "one", "--set", $"strategy.name={strategy}", .. settings, .. _front]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain($"found by {strategy}").And.Contain("compromise between 2 objectives").And.Contain("entropy/a 0.").And.Contain("read back and scored again"));
            Assert.That(run.Error, Does.Contain($"search ({strategy}): 60/60 trials").And.Not.Contain("best "));
            Assert.That(Search("list").Output, Does.Contain("finished"));
            Assert.That(Search("show", "one").Output, Does.Contain("compromise between 2 objectives"));
        });

        SearchProcess table = Search("pareto", "one");
        Assert.That(table.ExitCode, Is.Zero, table.Error);
        Assert.That(table.Output, Does.Contain("entropy/a").And.Contain("best entropy/b").And.Contain("compromise").And.Contain("scored on select data").And.Contain("volume ").And.Contain("search export one --trial"));

        JsonElement json = Json("pareto", "one", "--json", "--prefer", "b=50");
        JsonElement[] front = [.. json.GetProperty("front").EnumerateArray()];
        double[][] vectors = [.. front.Select(trial => trial.GetProperty("objectives").EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        JsonElement Marked(string mark) => front.Single(trial => trial.GetProperty("marks").EnumerateArray().Any(one => one.GetString() == mark));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Run("one"), "best/manifest.json")));
        Assert.Multiple(() =>
        {
            Assert.That(json.GetProperty("objectives").EnumerateArray().Select(name => name.GetString()), Is.EqualTo(new[] { "entropy/a", "entropy/b" }));
            Assert.That(json.GetProperty("role").GetString(), Is.EqualTo("select"));
            Assert.That(vectors.Zip(vectors.Skip(1)).All(pair => pair.First[0] < pair.Second[0] && pair.First[1] > pair.Second[1]), "none dominates another");
            Assert.That(Marked("compromise").GetProperty("trial_id").GetInt64(), Is.EqualTo(manifest.RootElement.GetProperty("trial_id").GetInt64()));
            Assert.That(Marked("best entropy/b").GetProperty("trial_id").GetInt64(), Is.EqualTo(front[^1].GetProperty("trial_id").GetInt64()));
            Assert.That(Marked("preferred").GetProperty("objectives")[1].GetDouble(), Is.LessThanOrEqualTo(Marked("compromise").GetProperty("objectives")[1].GetDouble()));
            Assert.That(manifest.RootElement.GetProperty("verified_objectives").GetArrayLength(), Is.EqualTo(2));
            Assert.That(Json("pareto", "one", "--json", "--role", "search").GetProperty("scored").GetInt32(), Is.EqualTo(60));
            Assert.That(Json("pareto", "one", "--json", "--role", "report").GetProperty("front").GetArrayLength(), Is.Positive);
        });

        // A floor: at least so much of the way from the base to the task's expert, both scored on select data.
        double[] Scored(string label) => [.. Lines("query", "one", $"SELECT objectives[1], objectives[2] FROM trials WHERE role = 'select' AND label = '{label}'", "--format", "csv").Single().Split(',').Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
        (double start, double expert) = (Scored("base")[0], Scored("expert:a")[0]);
        double share = (start - vectors[vectors.Length / 2][0]) / (start - expert);
        JsonElement kept = Json("pareto", "one", "--json", "--floor", $"a={(share - 1e-9).ToString("R", CultureInfo.InvariantCulture)}");
        Assert.That(kept.GetProperty("front").GetArrayLength(), Is.EqualTo((vectors.Length / 2) + 1), "the front is sorted by the objective of a");
        Assert.That(kept.GetProperty("refused").GetInt32(), Is.EqualTo(vectors.Length - (vectors.Length / 2) - 1));
        Assert.That(Search("pareto", "one", "--limit", "a=9", "--limit", "b=0").Error, Does.Contain("keeps the limits; trial"), "both count");
        Assert.That(Search("pareto", "one", "--floor", "a=50").Error, Does.Contain("keeps the limits; trial"));
        Assert.That(Search("pareto", "one", "--floor", "a").Error, Does.Contain("--floor takes NAME=SHARE"));

        Assert.That(Search("export", "one", "--pick", "b", "-o", _study.File("for b")).Output, Does.StartWith($"trial {front[^1].GetProperty("trial_id").GetInt64()} written"));
        Assert.That(Search("export", "one", "--pick", "b", "--best", "-o", _study.File("for b")).Error, Does.Contain("give one of them"));
        Assert.That(Search("export", "one", "--pick", "c", "-o", _study.File("for b")).Error, Does.Contain("must name one of entropy/a, entropy/b, got 'c'"));

        string picked = front[0].GetProperty("trial_id").GetInt64().ToString(CultureInfo.InvariantCulture);
        Assert.That(Search("export", "one", "--trial", picked, "-o", _study.File("picked")).ExitCode, Is.Zero);
    }

    [Test]
    public void Pareto_AgainstAnotherRun_ComparesTheFrontsOfTheSameObjectivesAndData()
    {
        Assert.That(Search(["run", _study.Path, "--run-id", "nsga", "--set", "strategy.name=nsga2", .. _front]).ExitCode, Is.Zero);
        Assert.That(Search(["run", _study.Path, "--run-id", "drawn", "--set", "strategy.name=random", .. _front]).ExitCode, Is.Zero);
        static double[][] Vectors(JsonElement one) => [.. one.GetProperty("front").EnumerateArray().Select(trial => trial.GetProperty("objectives").EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        double[][] mine = Vectors(Json("pareto", "nsga", "--json"));
        double[][] theirs = Vectors(Json("pareto", "drawn", "--json"));
        JsonElement json = Json("pareto", "nsga", "--against", "drawn", "nsga", "--json");
        JsonElement rival = json.GetProperty("against")[0];
        JsonElement Of(string side, string key) => rival.GetProperty(side).GetProperty(key);
        double[] reference = [.. rival.GetProperty("reference").EnumerateArray().Select(value => value.GetDouble())];

        // A front of two objectives: a rectangle a vector, by the first one.
        static double Volume(double[][] points, double[] reference) => points.OrderBy(point => point[0]).Zip([.. points.OrderBy(point => point[0]).Skip(1).Select(point => point[0]), reference[0]], (point, next) => (next - point[0]) * (reference[1] - point[1])).Sum();
        static int Unbeaten(double[][] points, double[][] others) => points.Count(point => !others.Any(other => other[0] <= point[0] && other[1] <= point[1] && !other.SequenceEqual(point)));
        double[] worst = [.. json.GetProperty("reference").EnumerateArray().Select(value => value.GetDouble())];
        double[] added = [.. json.GetProperty("front").EnumerateArray().Select(trial => trial.GetProperty("contribution").GetDouble())];
        Assert.Multiple(() =>
        {
            Assert.That(json.GetProperty("role").GetString(), Is.EqualTo("select"));
            Assert.That(Of("mine", "hypervolume").GetDouble(), Is.EqualTo(Volume(mine, reference)).Within(1e-9));
            Assert.That(Of("theirs", "hypervolume").GetDouble(), Is.EqualTo(Volume(theirs, reference)).Within(1e-9));
            Assert.That((Of("mine", "unbeaten").GetInt32(), Of("theirs", "unbeaten").GetInt32()), Is.EqualTo((Unbeaten(mine, theirs), Unbeaten(theirs, mine))));
            Assert.That((Of("mine", "size").GetInt32(), Of("theirs", "size").GetInt32()), Is.EqualTo((mine.Length, theirs.Length)));
            Assert.That(
                json.GetProperty("front").EnumerateArray().Select(trial => trial.GetProperty("attained").GetDouble()),
                Is.EqualTo(mine.Select(point => theirs.Any(other => other[0] <= point[0] && other[1] <= point[1]) ? 1 : 0.5)), "the run attains all of its own");
            Assert.That(added, Is.EqualTo(mine.Select((_, index) => Volume(mine, worst) - Volume([.. mine.Where((_, other) => other != index)], worst))).Within(1e-9));
            Assert.That(Of("mine", "distance").GetDouble() + Of("theirs", "distance").GetDouble(), Is.Positive);
        });

        JsonElement itself = Json("pareto", "nsga", "--against", "nsga", "--json", "--role", "search").GetProperty("against")[0].GetProperty("theirs");
        Assert.That((itself.GetProperty("distance").GetDouble(), itself.GetProperty("epsilon").GetDouble(), itself.GetProperty("unbeaten").GetInt32()), Is.EqualTo((0.0, 0.0, itself.GetProperty("size").GetInt32())));
        SearchProcess table = Search("pareto", "nsga", "--against", "drawn");
        Assert.That(table.Output, Does.Contain("not dominated by the other").And.Contain("IGD+ to the front of both").And.Contain("additive ε").And.Contain("spread").And.Contain("adds ↑").And.Contain("attained ↓").And.Contain("against   "), table.Error);

        Assert.That(Search("run", _study.Path, "--run-id", "other", "--set", "strategy.name=random", "--set", "objectives=[{ score: kl, aggregate: none }]").ExitCode, Is.Zero);
        Assert.That(Search("pareto", "nsga", "--against", "other").Error, Does.Contain("--against other: its objectives are kl/a, kl/b, and those of nsga are entropy/a, entropy/b, so their fronts do not compare."));
        _study.Replace("select: a.select.safetensors, report: a.report.safetensors", "select: a.report.safetensors, report: a.select.safetensors");
        Assert.That(Search(["run", _study.Path, "--run-id", "moved", "--set", "strategy.name=random", .. _front]).ExitCode, Is.Zero);
        Assert.That(Search("pareto", "nsga", "--against", "moved").Error, Does.Contain("--against moved: its select data is not that of nsga"));
        Assert.That(Search("pareto", "nsga", "--against", "moved", "--role", "search").ExitCode, Is.Zero);
    }

    [Test]
    public void Run_StrategyThatSaysSomethingOfItsModel_IsQuotedWhereResultsAreRead()
    {
        Assert.That(Search(["run", _study.Path, "--run-id", "one", "--set", "strategy.name=map", .. _front]).ExitCode, Is.Zero);
        string[] Notes() => [.. Json("show", "one", "--json").GetProperty("strategy_notes").EnumerateArray().Select(note => note.GetString()!)];
        string[] notes = Notes();
        string shown = Search("show", "one").Output;
        Assert.Multiple(() =>
        {
            Assert.That(notes, Is.Not.Empty.And.All.Not.Empty);
            Assert.That(notes, Is.All.Matches<string>(note => shown.Contains($"strategy  {note}", StringComparison.Ordinal)));
            Assert.That(File.ReadAllText(Path.Combine(Run("one"), "report.html")), Does.Contain("\"strategy: "));
        });
        Assert.That(Search("resume", "one").ExitCode, Is.Zero);
        Assert.That(Notes(), Is.EqualTo(notes), "once, however often it is gone on with");
        Assert.That(Search("resume", "one", "--evaluations", "70").ExitCode, Is.Zero);
        Assert.That(Notes(), Has.Length.EqualTo(notes.Length).And.Not.EqualTo(notes), "those of the search as it ends now");
    }

    [Test]
    public void Resume_StoppedOrWithALargerBudget_GivesTheLedgerOfAnUnbrokenRun([Values("nsga2", "surface_front", "map", "gradient_front")] string strategy)
    {
        RequireTorch(strategy);
        string[] study = ["--set", $"strategy.name={strategy}", .. _front];
        Assert.That(Search(["run", _study.Path, "--run-id", "whole", .. study]).ExitCode, Is.Zero);
        Assert.That(Search(["run", _study.Path, "--run-id", "part", .. study, "--set", "budget.evaluations=25"]).ExitCode, Is.Zero);
        SearchProcess resumed = Search("resume", "part", "--evaluations", "60");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        Assert.That(Search("query", "part", Content, "--format", "csv").Output, Is.EqualTo(Search("query", "whole", Content, "--format", "csv").Output));
    }

    // The prior measures the models again where a run goes on, and must find what it found.
    [Test]
    public void Resume_PriorOfDistances_GivesTheLedgerOfAnUnbrokenRunThatOtherPriorsDoNotGive()
    {
        string[] study = [.. _front, "--set", "budget.evaluations=12"];
        Assert.That(Search(["run", _study.Path, "--run-id", "whole", .. study, "--set", "strategy={ name: nehvi, prior: distances }"]).ExitCode, Is.Zero);
        Assert.That(Search(["run", _study.Path, "--run-id", "part", .. study, "--set", "strategy={ name: nehvi, prior: distances }", "--set", "budget.evaluations=7"]).ExitCode, Is.Zero);
        Assert.That(Search(["run", _study.Path, "--run-id", "other", .. study, "--set", "strategy={ name: nehvi }"]).ExitCode, Is.Zero);
        SearchProcess resumed = Search("resume", "part", "--evaluations", "12");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        string whole = Search("query", "whole", Content, "--format", "csv").Output;
        Assert.That(Search("query", "part", Content, "--format", "csv").Output, Is.EqualTo(whole));
        Assert.That(Search("query", "other", Content, "--format", "csv").Output, Is.Not.EqualTo(whole));
    }

    [Test]
    public void Run_StrategyOrBudgetForAnotherNumberOfObjectives_IsOneSentence()
    {
        string Refused(params string[] settings)
        {
            SearchProcess run = Search(["run", _study.Path, .. settings]);
            Assert.That(run.ExitCode, Is.EqualTo(1));
            return run.Error;
        }

        Assert.That(Refused([.. _front, "--set", "strategy.name=cma_es"]), Does.Contain("strategy cma_es minimises one objective, not 2: nsga2, nsga3, surface_front"));
        Assert.That(Refused("--set", "strategy.name=nsga2"), Does.Contain("strategy nsga2 looks for the front of several objectives"));
        Assert.That(Refused([.. _front, "--set", "strategy.name=nsga2", "--set", "budget.target=0.5"]), Does.Contain("'budget.target' is a number for one objective"));
        Assert.That(Directory.Exists(Path.Combine(_study.Results, "tiny")), Is.False, "no run is left behind");

        Assert.That(Search("run", _study.Path, "--run-id", "single").ExitCode, Is.Zero);
        SearchProcess single = Search("pareto", "single");
        Assert.That(single.ExitCode, Is.EqualTo(1));
        Assert.That(single.Error, Does.Contain("has one objective"));
        SearchProcess wrong = Search("pareto", "single", "--prefer", "a");
        Assert.That(wrong.ExitCode, Is.EqualTo(2));
        Assert.That(wrong.Error, Does.Contain("--prefer takes NAME=WEIGHT"));
    }

    // What a step saw is drawn again, so that its objectives can be compared with the exported model's.
    [Test]
    public void Export_StepOnAFewExamples_IsReadBackAndScoredOnTheSame()
    {
        Torch.Require();
        Assert.That(Search(["run", _study.Path, "--run-id", "steps", .. _front, "--set", "strategy={ name: gradient_front, batch: 3 }", "--set", "budget.evaluations=4"]).ExitCode, Is.Zero);
        string step = Lines("query", "steps", "SELECT max(trial_id) FROM trials WHERE gradient IS NOT NULL", "--format", "csv").Single();
        SearchProcess export = Search("export", "steps", "--trial", step, "-o", _study.File("step"));
        Assert.That(export.ExitCode, Is.Zero, export.Error);
        Assert.That(export.Output, Does.Contain($"trial {step} written"));
        string[] cells = Lines("query", "steps", $"SELECT len(gradient), len(coefficients), len(objectives) FROM trials WHERE trial_id = {step}", "--format", "csv").Single().Split(',');
        Assert.That(int.Parse(cells[0], CultureInfo.InvariantCulture), Is.EqualTo(int.Parse(cells[1], CultureInfo.InvariantCulture) * 2));
        Assert.That(cells[2], Is.EqualTo("2"));
    }

    public void Dispose() => _study.Dispose();

    private static void RequireTorch(string strategy)
    {
        if (strategy == "gradient_front")
        {
            Torch.Require();
        }
    }

    private string Run(string id) => Path.Combine(_study.Results, "tiny", id);

    private string[] Lines(params string[] arguments) => [.. Search(arguments).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];

    private JsonElement Json(params string[] arguments) => JsonDocument.Parse(Search(arguments).Output).RootElement;

    private SearchProcess Search(params string[] arguments) => SearchProcess.Run([.. arguments, "--out", _study.Results]);
}
