using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Search.Cli.Reports;
using Search.Results;

namespace Search.Cli.Tests;

/// <summary>Reports, written by the process that people start and looked at in a browser.</summary>
public sealed class ReportTests : IDisposable
{
    private static readonly string[] _front = ["--set", "objectives=[{ score: entropy }, { score: entropy, l2: 1 }]", "--set", "strategy.name=surface_front", "--set", "budget.evaluations=60"];

    private readonly TinyStudy _study = new();

    [Test]
    public async Task Report_OneObjective_ShowsATrialWhereverItIsClicked([Values(1280, 390)] int width)
    {
        await using OpenPage page = await Chromium.Open(Run("one"), width, width < 600 ? ColorScheme.Dark : ColorScheme.Light);
        Assert.That(await page.Tab.InnerTextAsync("h1"), Is.EqualTo("tiny"));
        Assert.That(await page.Tab.InnerTextAsync("#found-table"), Does.Contain("uniform average").And.Contain("found by cma_es"));
        Assert.That(await page.Tab.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "the body does not scroll sideways");
        Assert.That(await page.Tab.Locator("#front, #failures, #compare").EvaluateAllAsync<bool>("all => all.every(section => section.hidden)"), "sections without content are not there");
        foreach (string chart in new[] { "convergence-chart", "parallel-chart", "heatmap-chart", "gap-chart", "trust-chart", "times-total", "times-chart" })
        {
            Assert.That(await page.Painted(chart), Is.GreaterThan(500), chart);
        }

        foreach (string chart in new[] { "convergence-chart", "gap-chart", "trust-chart" })
        {
            long trial = await page.Tab.EvaluateAsync<long>("chart => report.marks[chart][0].find(mark => mark.trial !== report.shown.trial.id && mark.searched !== false).trial", chart);
            await page.ClickTrial(chart, trial);
            Assert.That(await page.Tab.InnerTextAsync("#details-title"), Does.Contain($"trial {trial}"), chart);
            Assert.That(await page.Tab.InnerTextAsync("#heatmap-text"), Does.Contain($"trial {trial}"), chart);
        }

        AssertQuiet(page);
    }

    [Test]
    public async Task Report_OneObjective_SaysWhichWayIsBetter()
    {
        await using OpenPage page = await Chromium.Open(Run("one"));
        foreach (string section in new[] { "figures", "found", "convergence", "choices", "parallel", "gap", "details" })
        {
            Assert.That(await page.Tab.InnerTextAsync($"#{section}"), Does.Contain("lower is better"), section);
        }

        Assert.That(await page.Tab.InnerTextAsync("#choices-table"), Does.Contain("higher is better").And.Contain("search export one --trial"));
        await page.Tab.Locator("#choices-table button.copy").First.FocusAsync();
        await page.Tab.Keyboard.PressAsync("Enter");
        await page.Tab.WaitForSelectorAsync("#choices-table button.copy:has-text('cop')");
        foreach (string over in new[] { "spent", "clock" })
        {
            await page.Tab.Locator("#convergence-controls select").First.SelectOptionAsync(over);
            Assert.That(await page.Painted("convergence-chart"), Is.GreaterThan(500), over);
        }

        // A stretch of the first axis picks trials out.
        ILocator lines = page.Tab.Locator("#parallel-chart");
        await lines.EvaluateAsync("holder => holder.scrollIntoView({ block: 'center' })");
        LocatorBoundingBoxResult box = (await lines.BoundingBoxAsync())!;
        double[][] ends = await page.Tab.EvaluateAsync<double[][]>(
            "() => { const all = report.charts['parallel-chart'].getModel().getComponent('parallel').coordinateSystem; const [low, high] = all.getAxis('dim0').scale.getExtent(); return [low, (low + high) / 2].map(value => all.dataToPoint(value, 'dim0')); }");
        await page.Tab.Mouse.MoveAsync(box.X + (float)ends[0][0], box.Y + (float)ends[0][1]);
        await page.Tab.Mouse.DownAsync();
        await page.Tab.Mouse.MoveAsync(box.X + (float)ends[1][0], box.Y + (float)ends[1][1], new() { Steps = 5 });
        await page.Tab.Mouse.UpAsync();
        await page.Tab.WaitForFunctionAsync("() => report.shown.picked !== null");
        double[] border = await page.Tab.EvaluateAsync<double[]>(
            "() => [true, false].map(inside => report.shown.run.scored.filter(trial => report.shown.picked.has(trial.id) === inside).map(trial => trial.coefficients[0])).map((values, i) => i === 0 ? Math.max(...values) : Math.min(...values))");
        Assert.That(border[0], Is.LessThan(border[1]), "those below the middle of the axis, and no others");
        await page.Tab.ClickAsync("#parallel-controls button");
        Assert.That(await page.Tab.EvaluateAsync<bool>("() => report.shown.picked === null"));

        await page.Tab.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.Tab.WaitForFunctionAsync("() => report.charts['convergence-chart'].getOption().textStyle.color === '#e7eaec'");
        AssertQuiet(page);
    }

    [Test]
    public async Task Report_SeveralObjectives_LinksPanelsAndTable([Values(1280, 390)] int width)
    {
        await using OpenPage page = await Chromium.Open(Run("front", _front), width);
        Assert.That(await page.Painted("front-chart"), Is.GreaterThan(500));

        // On select data, which has blocks of examples: what pareto prints, in the table, and as bars around each of the front.
        using JsonDocument selected = JsonDocument.Parse(Search("pareto", "front", "--json").Output);
        JsonElement ends = selected.RootElement.GetProperty("front")[0].GetProperty("intervals")[1];
        Assert.That(
            await page.Tab.EvaluateAsync<double[]>("() => report.shown.run.fronts.roles.select.intervals[0][1]"),
            Is.EqualTo(new[] { ends[0].GetDouble(), ends[1].GetDouble() }).Within(1e-6));
        Assert.That(await page.Tab.InnerTextAsync("#choices-table tbody tr:first-child"), Does.Match(@"\[−?0\.\d+, −?0\.\d+\]"));
        Assert.That(await page.Tab.InnerTextAsync("#front-text"), Does.Contain("95 % intervals"));
        Assert.That(
            await page.Tab.EvaluateAsync<int>("() => report.charts['front-chart'].getOption().series.find(one => one.id === 'whiskers0').data.length"),
            Is.EqualTo(selected.RootElement.GetProperty("front").GetArrayLength()));
        await page.Tab.Locator("#front-controls select").SelectOptionAsync("search");
        Assert.That(await page.Tab.EvaluateAsync<int>("() => report.charts['front-chart'].getOption().series.find(one => one.id === 'whiskers0').data.length"), Is.Zero);
        int rows = await page.Tab.Locator("#choices-table tbody tr").CountAsync();
        long[] front = await page.Tab.EvaluateAsync<long[]>("() => report.shown.run.fronts.roles.search.trials");
        Assert.That(rows, Is.EqualTo(front.Length).And.GreaterThan(2));
        using JsonDocument pareto = JsonDocument.Parse(Search("pareto", "front", "--role", "search", "--json").Output);
        Assert.That(front, Is.EqualTo(pareto.RootElement.GetProperty("front").EnumerateArray().Select(trial => trial.GetProperty("trial_id").GetInt64())));
        await page.ClickTrial("front-chart", front[0]);
        Assert.That(await page.Tab.InnerTextAsync("#details-title"), Is.EqualTo($"trial {front[0]}"));
        Assert.That(await page.Tab.Locator("#choices-table tr.here button.trial").InnerTextAsync(), Is.EqualTo($"{front[0]}"));

        // The first of the front has the least of the first objective: a rectangle around it alone.
        await page.Tab.ClickAsync("#front-brush");
        ILocator holder = page.Tab.Locator("#front-chart");
        await holder.EvaluateAsync("holder => holder.scrollIntoView({ block: 'center' })");
        LocatorBoundingBoxResult box = (await holder.BoundingBoxAsync())!;
        double[] at = await page.Tab.EvaluateAsync<double[]>("trial => report.place('front-chart', trial)", front[0]);
        await page.Tab.Mouse.MoveAsync(box.X + (float)at[0] - 6, box.Y + (float)at[1] - 6);
        await page.Tab.Mouse.DownAsync();
        await page.Tab.Mouse.MoveAsync(box.X + (float)at[0] + 6, box.Y + (float)at[1] + 6, new() { Steps = 4 });
        await page.Tab.Mouse.UpAsync();
        await page.Tab.WaitForFunctionAsync("() => report.shown.picked !== null");
        Assert.That(await page.Tab.EvaluateAsync<long[]>("() => [...report.shown.picked]"), Does.Contain(front[0]).And.Length.LessThan(front.Length));
        Assert.That(await page.Tab.Locator("#choices-table tr.out").CountAsync(), Is.Positive.And.LessThan(rows));
        await page.Tab.ClickAsync("#front-clear");
        Assert.That(await page.Tab.Locator("#choices-table tr.out").CountAsync(), Is.Zero);
        AssertQuiet(page);
    }

    [Test]
    public async Task Report_NamesWithMarkup_AreText()
    {
        const string Name = "</script><img src=x onerror=alert(1)>";
        _study.Replace("name: tiny", "name: '<b onclick=alert(1)>&amp;'");
        _study.Replace("  a: { search", $"  '{Name}': {{ expert: a, search");
        _study.Replace("['^head\\.']", $"['^head\\.', '{Name}']");
        await using OpenPage page = await Chromium.Open(Run("one"));
        Assert.That(await page.Tab.InnerTextAsync("h1"), Is.EqualTo("<b onclick=alert(1)>&amp;"));
        Assert.That(await page.Tab.InnerTextAsync("#found-table"), Does.Contain(Name));
        Assert.That(await page.Tab.TextContentAsync("#study-yaml"), Does.Contain(Name));
        Assert.That(await page.Tab.Locator("img").CountAsync(), Is.Zero);
        await page.Tab.HoverAsync("#trust-chart", new() { Position = new() { X = 300, Y = 200 } });
        AssertQuiet(page);
    }

    [Test]
    public async Task Report_FailedTrials_AreCountedByReason()
    {
        // Any share of this expert overflows float32 in the second layer.
        _study.Save("b", _study.Draw(128, 1e30), _study.Draw(256, 1e30), classes: 5);
        string path = Run("one", "--set", "merge.bounds=[0, 1]", "--set", "merge.initial=0", "--set", "strategy.sigma=0.02");
        using JsonDocument document = Data(path);
        JsonElement run = document.RootElement.GetProperty("runs")[0];
        int failed = run.GetProperty("counts").GetProperty("failed").GetInt32();
        Assert.That(failed, Is.Positive);
        Assert.That(run.GetProperty("failures").EnumerateArray().Sum(reason => reason.GetProperty("count").GetInt32()), Is.EqualTo(failed));
        await using OpenPage page = await Chromium.Open(path);
        Assert.That(await page.Tab.InnerTextAsync("#failures-table"), Does.Contain("NaN").Or.Contain("infinit"));
        await page.Tab.Locator("#failures-table button.trial").First.ClickAsync();
        Assert.That(await page.Tab.InnerTextAsync("#details"), Does.Contain("failed"));
        AssertQuiet(page);
    }

    [Test]
    public async Task Report_SeveralRuns_StandsThemSideBySide()
    {
        foreach (string seed in new[] { "1", "2", "3" })
        {
            Run($"c{seed}", "--set", $"seed={seed}", "--set", "budget.evaluations=12");
        }

        Run("random", "--set", "strategy.name=random", "--set", "budget.evaluations=12");
        string empty = Directory.CreateDirectory(Path.Combine(_study.Results, "tiny", "empty")).FullName;
        foreach (string file in new[] { "manifest.json", "study.yaml" })
        {
            File.Copy(Path.Combine(_study.Results, "tiny", "c1", file), Path.Combine(empty, file));
        }

        Assert.That(Search("report", empty).Error, Does.Contain("no trial has been recorded yet"));
        SearchProcess report = Search("report", Path.Combine(_study.Results, "tiny"), "-o", _study.File("all.html"));
        Assert.That(report.ExitCode, Is.Zero, report.Error);
        Assert.That(report.Error, Does.Contain("1 of 5 runs have no trial yet"));
        await using OpenPage page = await Chromium.Open(_study.File("all.html"), 390);
        Assert.That(await page.Tab.Locator("#compare-table tbody tr").CountAsync(), Is.EqualTo(4));
        Assert.That(await page.Tab.EvaluateAsync<string[]>("() => report.data.runs.map(run => run.group)"), Is.EqualTo(new[] { "cma_es", "cma_es", "cma_es", "random" }));
        Assert.That(await page.Painted("compare-chart"), Is.GreaterThan(500));
        await page.Tab.ClickAsync("#compare-table button.trial:text-is('random')");
        Assert.That(await page.Tab.InnerTextAsync("#heading"), Does.Contain("run random"));
        Assert.That(await page.Tab.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        AssertQuiet(page);
    }

    [Test]
    public async Task Inspect_PairHtml_DrawsWhatItMeasured([Values(1280, 390)] int width)
    {
        SearchProcess inspect = Search("inspect", "--pair", _study.File("base.safetensors"), _study.File("a.safetensors"), _study.File("b.safetensors"), "--private", "^head", "--html", _study.File("pairs.html"), "--json");
        Assert.That(inspect.ExitCode, Is.Zero, inspect.Error);
        double cosine = JsonDocument.Parse(inspect.Output).RootElement.GetProperty("groups")[0].GetProperty("pairs")[0].GetProperty("cosine").GetDouble();
        await using OpenPage page = await Chromium.Open(_study.File("pairs.html"), width);
        Assert.That(await page.Tab.EvaluateAsync<double>("() => report.charts['pairs-chart'].getOption().series[0].data[0].raw"), Is.EqualTo(cosine).Within(1e-6));
        Assert.That(await page.Painted("pairs-chart"), Is.GreaterThan(500));
        Assert.That(await page.Painted("vectors-chart"), Is.GreaterThan(500));
        await page.Tab.Locator("#pairs-controls select").SelectOptionAsync("signConflict");
        Assert.That(await page.Tab.InnerTextAsync("#pairs-text"), Does.Contain("raises and the other lowers"));
        Assert.That(await page.Tab.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        AssertQuiet(page);
    }

    [Test]
    public void Report_ObjectiveOfSeveralScores_IsRankedAgainstAccuracy()
    {
        using JsonDocument document = Data(Run("one", "--set", "objectives=[{ score: { entropy: 1, infomax: 0.5 }, l2: 0.1 }]"));
        JsonElement run = document.RootElement.GetProperty("runs")[0];
        JsonElement trust = run.GetProperty("trust");
        Dictionary<long, double> Column(JsonElement rows, Func<JsonElement, JsonElement> values) =>
            rows.GetProperty("id").EnumerateArray().Zip(values(rows).EnumerateArray()).Where(pair => pair.Second.ValueKind == JsonValueKind.Number).ToDictionary(pair => pair.First.GetInt64(), pair => pair.Second.GetDouble());
        Dictionary<long, double> objective = Column(run.GetProperty("trials"), rows => rows.GetProperty("objectives")[0]);
        Dictionary<long, double>[] accuracy = [.. new[] { "a", "b" }.Select(task => Column(run.GetProperty("report"), rows => rows.GetProperty("scores").GetProperty($"{task}/accuracy")))];
        long[] ids = [.. trust.GetProperty("trials").EnumerateArray().Select(id => id.GetInt64())];
        double expected = RankCorrelation.Spearman([.. ids.Select(id => -objective[id])], [.. ids.Select(id => accuracy.Average(task => task[id]))]);
        Assert.That(ids, Has.Length.GreaterThan(20), "one λ for all experts, and what was searched");
        Assert.That(trust.GetProperty("objective").GetProperty("spearman").GetProperty("value").GetDouble(), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void Run_ReportThatCannotBeWritten_DoesNotFail()
    {
        string folder = Path.Combine(_study.Results, "tiny", "one");
        Directory.CreateDirectory(Path.Combine(folder, "report.html"));
        SearchProcess run = Search("run", _study.Path, "--run-id", "one");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Match("report +not written: .*report.html"));
        SearchProcess report = Search("report", "one");
        Assert.That(report.ExitCode, Is.EqualTo(1));
        Assert.That(report.Error, Does.Contain("report.html").And.Contain("cannot be written"));
    }

    [Test]
    public void Of_StudiesOfSeveralSettings_AreToldApartByAsFewAsItTakes()
    {
        string Study(string strategy, double sigma, int seed) => $"name: x\nstrategy: {{ name: {strategy}, sigma: {sigma} }}\nmerge: {{ bounds: [0, 1] }}\nbudget: {{ evaluations: 5 }}\nseed: {seed}\n";
        Assert.That(RunGroups.Of([Study("a", 1, 1), Study("b", 2, 1)]), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(RunGroups.Of([Study("a", 1, 1), Study("a", 2, 1), Study("a", 2, 2)]), Is.EqualTo(new[] { "strategy.sigma 1", "strategy.sigma 2", "strategy.sigma 2" }));
        Assert.That(RunGroups.Of([Study("a", 1, 1), Study("a", 1, 2)]), Is.EqualTo(new[] { "x", "x" }));
    }

    public void Dispose() => _study.Dispose();

    private static void AssertQuiet(OpenPage page)
    {
        Assert.That(page.Complaints, Is.Empty);
        Assert.That(page.Requests, Has.Count.EqualTo(1).And.All.StartsWith("file:"), "nothing but the file itself");
    }

    private static JsonDocument Data(string path) => JsonDocument.Parse(Regex.Match(File.ReadAllText(path), "id=\"data\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value);

    // Runs the study; its report.
    private string Run(string id, params string[] settings)
    {
        SearchProcess run = Search(["run", _study.Path, "--run-id", id, .. settings]);
        Assert.That(run.ExitCode, Is.AnyOf(0, 1), run.Error);
        return Path.Combine(Directory.EnumerateDirectories(_study.Results).Single(), id, "report.html");
    }

    private SearchProcess Search(params string[] arguments) => SearchProcess.Run(arguments[0] == "inspect" ? arguments : [.. arguments, "--out", _study.Results]);
}
