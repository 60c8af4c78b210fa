using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Search.Checkpoints;

namespace Search.Cli.Tests;

/// <summary>Studies and recipes whose coefficients stand for more or less than blocks, through the process that people start.</summary>
public sealed class GranularityLifeTests : IDisposable
{
    private const string Content =
        "SELECT * EXCLUDE (run_id, started_at, merge_ms, forward_ms, backward_ms, objective_ms) FROM trials ORDER BY trial_id, role";

    private readonly TinyStudy _study = new(layers: 4);

    [Test]
    public void Run_Profile_IsResumedExportedAndRefined()
    {
        string[] settings = ["--set", "merge.granularity={ profile: { knots: 3 } }", "--set", "evaluator.batch_size=1"];
        using (Process killed = SearchProcess.Start(["run", _study.Path, "--run-id", "broken", "--out", _study.Results, .. settings, "--set", "budget.evaluations=1000"]))
        {
            string trials = Path.Combine(Run("broken"), "trials");
            Assert.That(SpinWait.SpinUntil(() => killed.HasExited || (Directory.Exists(trials) && Directory.EnumerateFiles(trials, "*.parquet").Any()), TimeSpan.FromSeconds(60)));
            Assert.That(killed.HasExited, Is.False, "the kill must hit a process at work");
            killed.Kill();
            killed.WaitForExit();
        }

        Succeed("resume", "broken");
        SearchProcess whole = Succeed(["run", _study.Path, "--run-id", "whole", .. settings, "--set", "budget.evaluations=1000"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Succeed("query", "broken", Content, "--format", "csv").Output, Is.EqualTo(Succeed("query", "whole", Content, "--format", "csv").Output));
            Assert.That(whole.Error, Does.Contain("6 coefficients (3 knots)"));
            Assert.That(whole.Output, Does.Contain("read back and scored again"));
        }

        // Four layers at depths 0, 1/3, 2/3 and 1 between three knots.
        string[] rows = Succeed("query", "whole", "SELECT name, block, expert, len(tensors), round(shares[-1], 9) FROM coefficients ORDER BY index", "--format", "csv").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(rows[1..], Is.EqualTo(new[]
        {
            "a/knot1,knot1,a,2,0.333333333", "b/knot1,knot1,b,2,0.333333333", "a/knot2,knot2,a,2,0.666666667", "b/knot2,knot2,b,2,0.666666667", "a/knot3,knot3,a,2,1", "b/knot3,knot3,b,2,1",
        }));

        // A finer study starts where the profile ended.
        Succeed("run", _study.Path, "--run-id", "fine", "--set", $"merge.initial={{ run: '{Run("whole")}' }}", "--set", "budget.evaluations=4");
        Dictionary<string, double> knots = JsonDocument.Parse(File.ReadAllText(Path.Combine(Run("whole"), "best/manifest.json"))).RootElement
            .GetProperty("coefficients").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetDouble());
        string[] initial = Succeed("query", "fine", "SELECT initial FROM coefficients WHERE expert = 'b' ORDER BY index", "--format", "csv").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        double[] expected = [knots["b/knot1"], (knots["b/knot1"] + (2 * knots["b/knot2"])) / 3, ((2 * knots["b/knot2"]) + knots["b/knot3"]) / 3, knots["b/knot3"]];
        Assert.That(initial.Select(value => double.Parse(value, CultureInfo.InvariantCulture)), Is.EqualTo(expected).Within(1e-12));

        // A profile of other knots begins with what this one's blocks have, on average.
        Succeed("run", _study.Path, "--run-id", "other", "--set", "merge.granularity={ profile: { knots: 2, shape: cosine } }", "--set", $"merge.initial={{ run: '{Run("whole")}' }}", "--set", "budget.evaluations=4");
    }

    [Test]
    public void Run_Only_LeavesTheBaseEverywhereElseAndSaysSo()
    {
        SearchProcess run = Succeed("run", _study.Path, "--run-id", "one", "--set", "merge.only=['layers\\.[23]\\.']", "--set", "merge.granularity={ groups: { third: 'layers.2', rest: '.*' } }");
        Assert.That(run.Error, Does.Contain("512 merged parameters, 4 coefficients (2 groups)"));
        Assert.That(File.ReadAllText(Path.Combine(Run("one"), "study.yaml")), Does.Contain("only:").And.Contain("third: layers.2"));
        using Checkpoint start = Checkpoint.Open(_study.File("base.safetensors"));
        using Checkpoint found = Checkpoint.Open(Path.Combine(Run("one"), "best"));
        float[] Read(Checkpoint checkpoint, int layer) => checkpoint.ReadFloats(checkpoint.Find($"layers.{layer}.weight")!);
        Assert.That(Enumerable.Range(0, 4).Select(layer => Read(found, layer).SequenceEqual(Read(start, layer))), Is.EqualTo(new[] { true, true, false, false }));
        Assert.That(Succeed("resume", "one").ExitCode, Is.Zero);

        // The same as a recipe.
        Dictionary<string, double> values = JsonDocument.Parse(File.ReadAllText(Path.Combine(Run("one"), "best/manifest.json"))).RootElement
            .GetProperty("coefficients").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetDouble());
        string Rules(string expert) => FormattableString.Invariant($"{{ 'layers\\.2': {values[$"{expert}/third"]:R}, default: {values[$"{expert}/rest"]:R} }}");
        File.WriteAllText(_study.File("recipe.yaml"), $$"""
            operator: task_arithmetic
            base: base.safetensors
            experts: { a: a.safetensors, b: b.safetensors }
            coefficients: { a: {{Rules("a")}}, b: {{Rules("b")}} }
            private: ['^head\.']
            except: 'layers\.[01]\.'
            """);
        Assert.That(SearchProcess.Run("merge", _study.File("recipe.yaml"), "-o", _study.File("again")).Output, Does.StartWith("2 tensors merged"));
        using Checkpoint again = Checkpoint.Open(_study.File("again"));
        Assert.That(Enumerable.Range(0, 4).Select(layer => Read(again, layer)), Is.EqualTo(Enumerable.Range(0, 4).Select(layer => Read(found, layer))));
    }

    [TestCase("merge.only=attention", "only: 'attention' selects none of the 4 tensors that could merge")]
    [TestCase("merge.granularity={ groups: { early: 'layers.0' } }", "granularity.groups: no group selects tensor 'layers.1.weight'")]
    [TestCase("merge.granularity={ profile: { knots: 5 } }", "granularity.profile: 5 knots need as many blocks in a row, and there are 4")]
    public void Run_GroupsThatDoNotFitTheModel_SayWhich(string setting, string words)
    {
        SearchProcess run = Search("run", _study.Path, "--set", setting);
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain(words).And.Not.Contain("   at "));
    }

    [Test]
    public void Inspect_Checkpoint_ShowsTheKindOfEachTensor()
    {
        SafetensorsWriter.Write(_study.File("bert.safetensors"), [.. new[] { "encoder.layer.0.attention.self.query.weight", "encoder.layer.0.output.dense.weight", "pooler.dense.weight" }
            .Select(name => TensorContent.FromFloats(name, TensorType.F32, [1], new[] { 1f }))]);
        string[] lines = SearchProcess.Run("inspect", _study.File("bert.safetensors")).Output.Split('\n');
        string Line(string tensor) => lines.Single(line => line.Contains(tensor, StringComparison.Ordinal));
        Assert.That(Line("self.query"), Does.Contain(" attention "));
        Assert.That(Line("output.dense"), Does.Contain(" mlp "));
        Assert.That(Line("pooler"), Does.Contain(" head "));
    }

    public void Dispose() => _study.Dispose();

    private string Run(string id) => Path.Combine(_study.Results, "tiny", id);

    private SearchProcess Search(params string[] arguments) => SearchProcess.Run([.. arguments, "--out", _study.Results]);

    private SearchProcess Succeed(params string[] arguments)
    {
        SearchProcess process = Search(arguments);
        Assert.That(process.ExitCode, Is.Zero, process.Error);
        return process;
    }
}
