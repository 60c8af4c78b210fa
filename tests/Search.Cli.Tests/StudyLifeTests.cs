using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Search.Checkpoints;

namespace Search.Cli.Tests;

/// <summary>From a study file to an exported model, through the process that people start.</summary>
public sealed partial class StudyLifeTests : IDisposable
{
    private readonly TinyStudy _study = new();

    [Test]
    public void Run_Study_LeavesEverythingARunShould()
    {
        SearchProcess run = Search("run", _study.Path, "--run-id", "one");
        string folder = Run("one");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("uniform average").And.Contain("found by cma_es").And.Contain("read back and scored again"));
            Assert.That(run.Error, Does.Contain("search (cma_es): 30/30 trials"));
            Assert.That(Directory.GetFiles(Path.Combine(folder, "trials")), Has.Length.EqualTo(1), "compacted");
            foreach (string file in new[] { "study.yaml", "manifest.json", "coefficients.parquet", "best/model.safetensors", "best/private/a.safetensors", "best/manifest.json" })
            {
                Assert.That(Path.Combine(folder, file), Does.Exist);
            }
        });

        using JsonDocument show = JsonDocument.Parse(Search("show", "tiny", "--json").Output);
        JsonElement root = show.RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(root.GetProperty("run_id").GetString(), Is.EqualTo("one"));
            Assert.That(root.GetProperty("state").GetString(), Is.EqualTo("finished"));
            Assert.That(root.GetProperty("trials").GetInt32(), Is.EqualTo(30));
            Assert.That(root.GetProperty("failed").GetInt32(), Is.Zero);
            Assert.That(root.GetProperty("best").GetProperty("report").GetProperty("a/accuracy").GetDouble(), Is.InRange(0, 1));
            Assert.That(root.GetProperty("reference").EnumerateObject().Select(entry => entry.Name), Is.EqualTo(new[] { "base", "experts", "uniform", "single_lambda", "oracle_lambda" }));
        });
        Assert.That(Search("list").Output, Does.Contain("tiny").And.Contain("finished"));
        Assert.That(Search("show", "one").Output, Does.Contain("found by cma_es"));
    }

    [Test]
    public void Export_ThenInspectAndMerge_AgreeWithTheLedger()
    {
        Search("run", _study.Path, "--run-id", "one");
        SearchProcess export = Search("export", "one", "-o", _study.File("merged"));
        Assert.That(export.ExitCode, Is.Zero, export.Error);
        Assert.That(SearchProcess.Run("inspect", _study.File("merged")).Output, Does.Contain("layers.1.weight").And.Contain("2 tensors, 384 elements"));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(_study.File("merged/manifest.json")));
        double recorded = manifest.RootElement.GetProperty("recorded_objectives")[0].GetDouble();
        Assert.That(manifest.RootElement.GetProperty("verified_objectives")[0].GetDouble(), Is.EqualTo(recorded).Within(1e-6));

        // The same coefficients as a recipe give the same file, and scored without a search the same number.
        Dictionary<string, double> coefficients = manifest.RootElement.GetProperty("coefficients").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetDouble());
        string Rules(string expert) => string.Join(", ", Enumerable.Range(0, 2).Select(layer => FormattableString.Invariant($"'layers\\.{layer}\\.': {coefficients[$"{expert}/layers.{layer}"]:R}")));
        File.WriteAllText(_study.File("recipe.yaml"), $$"""
            operator: task_arithmetic
            base: base.safetensors
            experts: { a: a.safetensors, b: b.safetensors }
            coefficients: { a: { {{Rules("a")}} }, b: { {{Rules("b")}} } }
            private: ['^head\.']
            """);
        Assert.That(SearchProcess.Run("merge", _study.File("recipe.yaml"), "-o", _study.File("again")).ExitCode, Is.Zero);
        Assert.That(Data(_study.File("again/model.safetensors")), Is.EqualTo(Data(_study.File("merged/model.safetensors"))));

        File.WriteAllText(_study.File("c.json"), JsonSerializer.Serialize(new object[] { coefficients, coefficients.Values }));
        string[] lines = SearchProcess.Run("evaluate", _study.Path, "--coefficients", _study.File("c.json"), "--json").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("objectives")[0].GetDouble()), Is.EqualTo(new[] { recorded, recorded }));
    }

    // A model a task: each in a folder of its own, which is what a recipe with the task writes, and scored on its task alone.
    [Test]
    public void Run_OneModelATask_ExportsOneForEachAndSaysSo()
    {
        string[] settings = ["--set", "merge.operator=emr", "--set", "merge.granularity=model"];
        SearchProcess run = Search(["run", _study.Path, "--run-id", "one", .. settings]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Match(@"found by cma_es \(trial \d+,\s+one model a task\)").And.Contain("read back and scored again"));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Run("one"), "best/manifest.json")));
        double[] found = [.. manifest.RootElement.GetProperty("coefficients").EnumerateObject().Select(entry => entry.Value.GetDouble())];
        foreach ((int k, string task) in new[] { "a", "b" }.Index())
        {
            File.WriteAllText(_study.File("recipe.yaml"), FormattableString.Invariant(
                $"operator: emr\ntask: {task}\nbase: base.safetensors\nexperts: {{ a: a.safetensors, b: b.safetensors }}\ncoefficients: {{ {task}: {found[k]:R} }}\nprivate: ['^head\\.']\n"));
            Assert.That(SearchProcess.Run("merge", _study.File("recipe.yaml"), "-o", _study.File(task)).ExitCode, Is.Zero);
            Assert.That(Data(_study.File($"{task}/model.safetensors")), Is.EqualTo(Data(Path.Combine(Run("one"), $"best/{task}/model.safetensors"))), task);
        }

        Assert.That(Search("trust", "one").ExitCode, Is.Zero);
        Assert.That(Search("run", _study.Path, "--set", "merge.operator=emr", "--set", "strategy.name=adamerging").Error, Does.Contain("no weighted sum of vectors").Or.Contain("derivatives"));
    }

    [Test]
    public void Evaluate_StrategyThatTheBudgetRefuses_ScoresAllTheSame()
    {
        File.WriteAllText(_study.File("c.json"), "[[0.1, 0.2, 0.3, 0.4]]");
        string[] settings = ["--set", "strategy={ name: cma_es, population: 20 }", "--set", "budget.evaluations=10"];
        SearchProcess evaluate = SearchProcess.Run(["evaluate", _study.Path, "--coefficients", _study.File("c.json"), .. settings]);
        Assert.That(evaluate.ExitCode, Is.Zero, evaluate.Error);
        Assert.That(Search(["run", _study.Path, .. settings]).Error, Does.Contain("20 candidates here"));
    }

    [TestCase("batch: 8")]
    [TestCase("batch: all", "--set", "merge.constraint=simplex")]
    public void Run_AdaMerging_LeavesEverythingARunShould(string settings, params string[] merge)
    {
        Torch.Require();
        SearchProcess run = Search(["run", _study.Path, "--run-id", "one", .. AdaMerging($"steps: 40, learning_rate: 0.01, {settings}"), "--set", "budget.evaluations=100", .. merge]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.Multiple(() =>
        {
            Assert.That(run.Output, Does.Contain("found by adamerging").And.Contain("read back and scored again"));
            Assert.That(Path.Combine(Run("one"), "best/model.safetensors"), Does.Exist);
            Assert.That(Search("show", "one").Output, Does.Contain("found by adamerging"));
            Assert.That(Search("export", "one", "-o", _study.File("merged")).ExitCode, Is.Zero);
            Assert.That(Search("resume", "one").ExitCode, Is.Zero, "a finished run");
        });
        const string Steps = "SELECT count(*), count(DISTINCT gradient), min(len(gradient)), any_value(engine) FROM trials WHERE strategy = 'adamerging' AND role = 'search' AND gradient IS NOT NULL";
        Assert.That(Search("query", "one", Steps, "--format", "csv").Output, Does.Contain(settings.Contains("all", StringComparison.Ordinal) ? "41,41,4,torch" : "40,40,4,torch"));

        // Descent on the entropy that it is told to descend.
        string[] ends = Search("query", "one", "SELECT first(objectives[1] ORDER BY trial_id), min(objectives[1]) FROM trials WHERE strategy = 'adamerging' AND role = 'search'", "--format", "csv").Output.Split('\n')[1].Split(',');
        Assert.That(double.Parse(ends[1], CultureInfo.InvariantCulture), Is.LessThan(double.Parse(ends[0], CultureInfo.InvariantCulture)));
    }

    [Test]
    public void Run_AdaMergingCutBeforeItsFirstCheckpoint_ExportsWhatItRecommends()
    {
        Torch.Require();
        SearchProcess run = Search(["run", _study.Path, "--run-id", "one", .. AdaMerging("batch: 8"), "--set", "budget.evaluations=10"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string recommended = Search("query", "one", "SELECT max(trial_id) FROM trials WHERE label = 'recommended'", "--format", "csv").Output.Split('\n')[1].Trim();
        Assert.That(run.Output, Does.Contain($"found by adamerging (trial {recommended})").And.Contain("read back and scored again"));
    }

    [Test]
    public void Export_StepOfALaterAdaMerging_IsVerifiedOnItsOwnExamples()
    {
        Torch.Require();
        const string Stages = "strategy=[{ name: adamerging, batch: 8, evaluations: 5 }, { name: adamerging, batch: 3 }]";
        Assert.That(Search("run", _study.Path, "--run-id", "one", "--set", Stages, "--set", "budget.evaluations=10").ExitCode, Is.Zero);
        string last = Search("query", "one", "SELECT max(trial_id) FROM trials WHERE gradient IS NOT NULL", "--format", "csv").Output.Split('\n')[1].Trim();
        SearchProcess export = Search("export", "one", "--trial", last, "-o", _study.File("step"));
        Assert.That(export.ExitCode, Is.Zero, export.Error);
    }

    [Test]
    public void Resume_EarlyStopOfTasksAfterKills_GivesTheLedgerOfAnUnbrokenRunAndSaysWhoStoppedWhen()
    {
        Torch.Require();
        new Soak(_study, seed: 3).Run(kills: 2, [.. AdaMerging("steps: 100000, learning_rate: 0.0001, batch: 4, checkpoint: 1500, early_stop: { patience: 1, margin: 10 }"), "--set", "budget.evaluations=10000"]);
        Assert.That(Search("show", "broken-0").Output, Does.Contain("finished: no task improves any more: a stopped at step 3000, b stopped at step 3000"));
    }

    // Killed at random instants of the search, which are within rungs nearly always.
    [Test]
    public void Resume_RaceAfterKills_GivesTheLedgerAndTheRungsOfAnUnbrokenRun()
    {
        new Soak(_study, seed: 5).Run(kills: 2, "--set", "racing={ rule: halving }", "--set", "budget.evaluations=400");
        using JsonDocument show = JsonDocument.Parse(Search("show", "broken-0", "--json").Output);
        JsonElement racing = show.RootElement.GetProperty("racing");
        Assert.That(racing.GetProperty("candidates").GetInt64(), Is.EqualTo(400));
        Assert.That(racing.GetProperty("share").GetDouble(), Is.EqualTo(0.3125).Within(0.001), "8, 4, 2 and 1 of 8 candidates on 4, 4, 8 and 16 of 32 examples");
        Assert.That(racing.GetProperty("whole").GetInt64(), Is.EqualTo(400 * 64));
        Assert.That(Search("show", "broken-0").Output, Does.Match("raced +400 candidates, 350 of them dropped on the way; 8,000 of 25,600 examples scored"));
        Assert.That(Search("query", "broken-0", "SELECT sum(fidelity) - (SELECT sum(fidelity) FROM trials WHERE role = 'search' AND strategy = 'cma_es' AND label IS NULL) AS rest FROM rungs", "--format", "csv").Output.Trim(), Does.EndWith("0"), "a trial's cost is that of its rungs");
    }

    [Test]
    public void Run_RaceThatCannotBe_IsRefusedBeforeARunIsMade()
    {
        SearchProcess run = Search("run", _study.Path, "--set", "racing={ rule: sequential }", "--set", "objectives=[{ score: infomax }]");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("study tiny: 'racing' with rule: sequential compares candidates example by example, so objectives must be sums of means over examples, got 'infomax'; use rule: halving."));
        Assert.That(_study.Results, Does.Not.Exist);
    }

    [Test]
    public void Run_ChunksOfWhatAnotherRunFound_GoToWhatMattersAndAreResumedAndExported()
    {
        Assert.That(Search("run", _study.Path, "--run-id", "first", "--set", "merge.granularity=tensor", "--set", "budget.evaluations=8").ExitCode, Is.Zero);
        string[] settings = ["--set", "merge.granularity=tensor", "--set", $"merge.chunks={{ run: '{Run("first")}', budget: 3, steepness: 2 }}"];
        SearchProcess cut = Search(["run", _study.Path, "--run-id", "cut", .. settings, "--set", "budget.evaluations=40"]);
        Assert.That(cut.ExitCode, Is.Zero, cut.Error);
        string study = File.ReadAllText(Path.Combine(Run("cut"), "study.yaml"));
        string table = Search("query", "cut", "SELECT name, tensors, start, length FROM coefficients WHERE expert = 'a'", "--format", "csv").Output;
        Assert.Multiple(() =>
        {
            Assert.That(study, Does.Contain("counts:").And.Not.Contain("run:"), "decided once");
            Assert.That(table.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.InRange(4, 7), table);
            Assert.That(table, Does.Contain("#2"));
            Assert.That(cut.Output, Does.Contain("read back and scored again"));
        });

        // The first run may go: what it decided is in the second.
        Directory.Delete(Run("first"), recursive: true);
        Assert.That(Search("export", "cut", "-o", _study.File("merged")).ExitCode, Is.Zero);
        Assert.That(Data(_study.File("merged/model.safetensors")), Is.EqualTo(Data(Path.Combine(Run("cut"), "best/model.safetensors"))));
        Assert.That(Search("resume", "cut").ExitCode, Is.Zero);
    }

    [Test]
    public void Run_AdaMergingOnOnnxRuntime_SaysWhyNot()
    {
        SearchProcess run = Search("run", _study.Path, "--set", "strategy={ name: adamerging }", "--set", "evaluator.engine=onnxruntime");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("strategy adamerging needs derivatives, which engine onnxruntime does not give; use engine: torch or auto").And.Not.Contain("   at "));
    }

    [Test]
    public void Evaluate_Torch_EqualsOnnxRuntime()
    {
        Torch.Require();
        File.WriteAllText(_study.File("c.json"), "[[0.3, 0.3, 0.3, 0.3], [1, 0, -0.2, 0.7]]");
        JsonElement[] Scores(string engine)
        {
            SearchProcess process = SearchProcess.Run("evaluate", _study.Path, "--coefficients", _study.File("c.json"), "--role", "report", "--json", "--engine", engine);
            Assert.That(process.ExitCode, Is.Zero, process.Error);
            return [.. process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        }

        foreach ((JsonElement ours, JsonElement theirs) in Scores("torch").Zip(Scores("onnxruntime")))
        {
            Assert.That((ours.GetProperty("engine").GetString(), theirs.GetProperty("engine").GetString()), Is.EqualTo(("torch", "onnxruntime")));
            foreach (JsonProperty score in theirs.GetProperty("scores").EnumerateObject())
            {
                Assert.That(ours.GetProperty("scores").GetProperty(score.Name).GetDouble(), Is.EqualTo(score.Value.GetDouble()).Within(1e-5), score.Name);
            }

            Assert.That(ours.GetProperty("scores").EnumerateObject().Count(), Is.EqualTo(theirs.GetProperty("scores").EnumerateObject().Count()));
        }
    }

    [Test]
    public void Evaluate_BridgeOfAnotherLibtorch_SaysWhatToDo()
    {
        Torch.Require();
        File.WriteAllText(_study.File("c.json"), "[[0.3, 0.3, 0.3, 0.3]]");
        SearchProcess process = SearchProcess.RunWith(
            new Dictionary<string, string> { ["SEARCH_LIBTORCH"] = _study.Folder }, "evaluate", _study.Path, "--coefficients", _study.File("c.json"), "--engine", "torch");
        Assert.That(process.ExitCode, Is.EqualTo(1));
        Assert.That(process.Error, Does.StartWith($"search: SEARCH_LIBTORCH is '{_study.Folder}', but ").And.Contain("torch-bridge/build.sh again").And.Not.Contain("   at "));
    }

    [Test]
    public void Run_Interrupted_SaysHowToResumeAndResumes()
    {
        using Process process = SearchProcess.Start("run", _study.Path, "--run-id", "one", "--out", _study.Results, "--set", "budget.evaluations=100000", "--set", "strategy.population=5000");
        Task<string> error = process.StandardError.ReadToEndAsync();
        SpinWait.SpinUntil(() => Directory.Exists(Path.Combine(Run("one"), "trials")) && Directory.EnumerateFiles(Path.Combine(Run("one"), "trials"), "*.parquet").Any(), TimeSpan.FromSeconds(60));

        // While it runs, others may look but not write.
        Assert.That(Search("list").Output, Does.Contain("running"));
        SearchProcess second = Search("resume", "one");
        Assert.That(second.ExitCode, Is.EqualTo(1));
        Assert.That(second.Error, Does.Contain("in use by process"));

        Assert.That(kill(process.Id, Interrupt), Is.Zero);
        Assert.That(process.WaitForExit(30_000));
        Assert.That(process.ExitCode, Is.EqualTo(130));
        Assert.That(error.Result, Does.Contain($"continue with: search resume '{Run("one")}'"));
        Assert.That(Search("list").Output, Does.Contain("interrupted"));
    }

    [Test]
    public void Run_AgainstTheExperts_IsRecordedExportedAndResumed()
    {
        string objectives = "objectives=[{ score: { kl: { weight: 0.5, temperature: 2 }, feature_cosine: { node: r1 } }, weights: { a: 1, b: 2 }, distance: 0.1 }]";
        SearchProcess run = Search("run", _study.Path, "--run-id", "one", "--set", objectives);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("one λ by 0.5 kl@2 + feature_cosine:r1").And.Contain("read back and scored again"));

        // The experts' own rows: no distance on their own task, and the ledger's objective is the sum it says it is.
        string[] expert = Search("query", "one", "SELECT scores['a/kl@2'], scores['a/feature_cosine:r1'], scores['b/kl@2'], scores['b/feature_cosine:r1'], objectives[1] FROM trials WHERE label = 'expert:a' AND role = 'search'", "--format", "csv").Output.Split('\n');
        double[] values = [.. expert[1].Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
        double sum = (((0.5 * values[0]) + values[1]) + (2 * ((0.5 * values[2]) + values[3]))) / 3;
        Assert.Multiple(() =>
        {
            Assert.That(values[0], Is.EqualTo(0).Within(1e-9));
            Assert.That(values[1], Is.EqualTo(0).Within(1e-6));
            Assert.That(values[2], Is.GreaterThan(1e-4));
            Assert.That(values[4], Is.EqualTo(sum + (0.1 * ((0.7 * 0.7) + (0.3 * 0.3)) / 2)).Within(1e-12));
        });
        Assert.That(Search("resume", "one").ExitCode, Is.Zero);
    }

    // What does not plan with its budget is as if it had had it all along; what does keeps to the plan it began with.
    [TestCase("cma_es", "evaluations: 20")]
    [TestCase("portfolio", "evaluations: 20, planned: 9")]
    public void Resume_WithMoreEvaluations_HasTheTrialsOfARunThatHadThemAllAlong(string strategy, string budget)
    {
        Assert.That(Search("run", _study.Path, "--run-id", "more", "--set", $"strategy={{ name: {strategy} }}", "--set", "budget.evaluations=9").ExitCode, Is.Zero);
        Assert.That(Search("run", _study.Path, "--run-id", "all", "--set", $"strategy={{ name: {strategy} }}", "--set", $"budget={{ {budget} }}").ExitCode, Is.Zero);

        SearchProcess resume = Search("resume", "more", "--evaluations", "20");

        Assert.That(resume.ExitCode, Is.Zero, resume.Error);
        Assert.That(resume.Error, Does.Contain("extended to 20 evaluations"));
        const string Candidates = "SELECT * EXCLUDE (run_id, started_at, merge_ms, forward_ms, backward_ms, objective_ms) FROM trials WHERE role = 'search' AND label IS DISTINCT FROM 'recommended' ORDER BY trial_id";
        Assert.That(Search("query", "more", Candidates, "--format", "csv").Output, Is.EqualTo(Search("query", "all", Candidates, "--format", "csv").Output));
        const string Last = "SELECT trial_id, coefficients, objectives FROM trials WHERE role = 'search' AND label = 'recommended' ORDER BY trial_id DESC LIMIT 1";
        Assert.That(Search("query", "more", Last, "--format", "csv").Output, Is.EqualTo(Search("query", "all", Last, "--format", "csv").Output));
        Assert.That(
            Search("query", "more", "SELECT bool_and(same) FROM (SELECT count(DISTINCT coefficients) = 1 AS same FROM trials GROUP BY trial_id)", "--format", "csv").Output,
            Does.Contain("true"),
            "a number is never given to another candidate");

        // The larger budget is the run's from now on.
        Assert.That(Search("resume", "more").Error, Does.Contain("20/20"));
        Assert.That(Search("resume", "more", "--evaluations", "20").Error, Does.Contain("--evaluations must be more than what run more has, 20, got 20"));
        Assert.That(Search("resume", "more", "--time", "1h").Error, Does.Contain("--time must be more than what run more has, no limit, got 01:00:00"));
        Assert.That(Search("resume", "more", "--time", "soon").Error, Does.Contain("--time must be a duration such as 90s, 30m, 2h or 1d, got 'soon'"));
    }

    [Test]
    public void Resume_InputsChanged_SaysWhatAndGoesOnOnlyByForce()
    {
        Assert.That(Search("run", _study.Path, "--run-id", "one", "--set", "budget.evaluations=8").ExitCode, Is.Zero);
        string before = Sha256(_study.File("a.search.safetensors"));
        string same = _study.File("b.safetensors");
        File.SetLastWriteTimeUtc(same, DateTime.UtcNow);
        Assert.That(Search("resume", "one").ExitCode, Is.Zero, "a later time alone is no change");

        File.Copy(_study.File("a.report.safetensors"), _study.File("a.search.safetensors"), overwrite: true);
        File.AppendAllText(Path.Combine(Run("one"), "study.yaml"), "# mine\n");
        SearchProcess refused = Search("resume", "one", "--evaluations", "12");
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.Multiple(() =>
        {
            Assert.That(refused.Error, Does.Contain("run one cannot go on, because it is not as it began: ").And.Contain("; --force goes on all the same, but scores before and after may not be comparable."));
            Assert.That(refused.Error, Does.Match($@"a\.search\.safetensors has \d+ bytes with SHA-256 {Sha256(_study.File("a.search.safetensors"))[..12]} \(recorded were \d+ bytes with SHA-256 {before[..12]}\)"));
            Assert.That(refused.Error, Does.Contain("one/study.yaml has").And.Not.Contain("b.safetensors has").And.Not.Contain("base.safetensors"));
        });

        SearchProcess shared = Search("resume", "one", "--evaluations", "12", "--force");
        Assert.That(shared.Error, Does.Contain("the same data has several roles"), "which no force allows");
        File.Delete(_study.File("a.report.safetensors"));
        Assert.That(Search("resume", "one").Error, Does.Contain("a.report.safetensors is gone (recorded were "));
        Assert.That(Search("resume", "one", "--force").ExitCode, Is.EqualTo(1), "what is gone cannot be read");
    }

    [Test]
    public void Resume_InputsChangedAndForced_GoesOnAndWritesItDown()
    {
        Assert.That(Search("run", _study.Path, "--run-id", "one", "--set", "budget.evaluations=8").ExitCode, Is.Zero);
        File.WriteAllBytes(_study.File("a.search.safetensors"), [.. File.ReadAllBytes(_study.File("a.search.safetensors"))[..^4], 0, 0, 0, 0]);
        SearchProcess forced = Search("resume", "one", "--evaluations", "12", "--force");
        Assert.That(forced.ExitCode, Is.Zero, forced.Error);
        Assert.That(forced.Error, Does.Contain("gone on with by --force, so that scores before and after may not be comparable"));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Run("one"), "manifest.json")));
        string?[] notes = [.. manifest.RootElement.GetProperty("notes").EnumerateArray().Select(note => note.GetProperty("text").GetString())];
        Assert.That(notes[0], Is.EqualTo("extended to 12 evaluations"));
        Assert.That(notes[1], Does.Contain("a.search.safetensors has"));
        Assert.That(
            manifest.RootElement.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("sha256").GetString()),
            Has.Member(Sha256(_study.File("a.search.safetensors"))));
        Assert.That(Search("resume", "one").ExitCode, Is.Zero, "what was forced is what the run has now");
        Assert.That(Search("query", "one", "SELECT count(*) FROM trials WHERE role = 'search' AND strategy = 'cma_es' AND label IS NULL", "--format", "csv").Output, Does.Contain("12"));
    }

    // What is lost with a part in the middle of a run is evaluated again, to the same bits.
    [Test]
    public void Resume_PartsTornAndGone_GivesTheLedgerOfAnUnbrokenRun()
    {
        string[] study = ["--set", "budget.evaluations=3000", "--set", "strategy.population=100", "--set", "evaluator.batch_size=1"];
        Assert.That(Search(["run", _study.Path, "--run-id", "whole", .. study]).ExitCode, Is.Zero);
        using (Process process = SearchProcess.Start(["run", _study.Path, "--run-id", "broken", "--out", _study.Results, .. study]))
        {
            _ = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            Assert.That(SpinWait.SpinUntil(() => process.HasExited || Parts().Count > 3, TimeSpan.FromSeconds(60)));
            Assert.That(process.HasExited, Is.False);
            process.Kill();
            process.WaitForExit();
        }

        string[] parts = [.. Parts().Order(StringComparer.Ordinal)];
        File.WriteAllBytes(parts[1], File.ReadAllBytes(parts[1])[..^9]);
        File.Delete(parts[2]);
        Assert.That(Search("show", "broken").Error, Does.Contain(parts[1]).And.Contain("it is left out"));

        SearchProcess resume = Search("resume", "broken");

        Assert.That(resume.ExitCode, Is.Zero, resume.Error);
        Assert.That(resume.Error, Does.Contain(parts[1]).And.Contain("it was moved to"));
        Assert.That(Search("query", "broken", Soak.Content, "--format", "csv").Output, Is.EqualTo(Search("query", "whole", Soak.Content, "--format", "csv").Output));
    }

    [TestCase("float32")]
    [TestCase("bfloat16")]
    public void Run_VectorsOnTheDevice_FindsWhatTheHostFindsAndExportsIt(string place)
    {
        Torch.Require();
        string[] settings = ["--set", "evaluator.engine=torch", "--set", "budget.evaluations=6"];
        Assert.That(Search(["run", _study.Path, "--run-id", "host", .. settings, "--set", "evaluator.vectors=host"]).ExitCode, Is.Zero);
        SearchProcess run = Search(["run", _study.Path, "--run-id", "device", .. settings, "--set", $"evaluator.vectors={place}"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("read back and scored again"));

        // The same candidates: no generation is told.
        double[] Objectives(string id) =>
            [.. Search("query", id, "SELECT objectives[1] FROM trials WHERE role = 'search' ORDER BY trial_id", "--format", "csv").Output.Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => double.Parse(line, CultureInfo.InvariantCulture))];
        Assert.That(Objectives("device"), Is.EqualTo(Objectives("host")).Within(place == "float32" ? 1e-6 : 1e-2));
    }

    [Test]
    public void Run_CollapseFloorAboveAllCandidates_FlagsThemInTheLedger()
    {
        SearchProcess run = Search("run", _study.Path, "--run-id", "one", "--set", "evaluator.collapse_floor=1", "--set", "budget.evaluations=3");
        Assert.That(run.Output, Does.Contain("beware, what was found is a collapse: task 'a' predicts class"));
        string flagged = Search("query", "one", "SELECT count(*), any_value(reason) FROM trials WHERE role = 'search' AND state = 'complete' AND scores['a/collapsed'] = 1", "--format", "csv").Output;
        Assert.That(flagged, Does.Contain("28,").And.Contain("collapse: task 'a' predicts class"));
    }

    [Test]
    public void Trust_OfARun_RanksEveryScoreAndLeavesTheLedgerAlone()
    {
        Assert.That(Search("run", _study.Path, "--run-id", "one").ExitCode, Is.Zero);
        string before = Search("query", "one", Soak.Content, "--format", "csv").Output;

        SearchProcess table = Search("trust", "one", "--bootstrap", "20");
        Assert.That(table.ExitCode, Is.Zero, table.Error);
        Assert.That(table.Output, Does.Contain("pseudo_label").And.Contain("Kendall τ").And.Contain("51 trials (20 with one λ)"));
        using JsonDocument json = JsonDocument.Parse(Search("trust", "one", "--trials", "9", "--bootstrap", "20", "--json").Output);
        JsonElement[] scores = [.. json.RootElement.GetProperty("scores").EnumerateArray()];
        Assert.Multiple(() =>
        {
            Assert.That(json.RootElement.GetProperty("trials").GetArrayLength(), Is.EqualTo(9));
            Assert.That(scores, Has.Length.EqualTo(6 * 3), "six scores, for the mean and two tasks");
            Assert.That(scores.Select(score => score.GetProperty("spearman").GetProperty("value").GetDouble()), Is.All.InRange(-1, 1));
            Assert.That(Search("query", "one", Soak.Content, "--format", "csv").Output, Is.EqualTo(before));
        });
    }

    [Test]
    public void Run_CandidatesThatAreNotFinite_FailWithAReasonAndTheSearchGoesOn()
    {
        // Any share of this expert overflows float32 in the second layer.
        _study.Save("b", _study.Draw(128, 1e30), _study.Draw(256, 1e30), classes: 5);
        SearchProcess run = Search("run", _study.Path, "--run-id", "one", "--set", "merge.bounds=[0, 1]", "--set", "merge.initial=0", "--set", "strategy.sigma=0.02");
        Assert.That(run.ExitCode, Is.AnyOf(0, 1), run.Error);
        string failed = Search("query", "one", "SELECT count(*), any_value(reason) FROM trials WHERE state = 'failed' AND strategy = 'cma_es'", "--format", "csv").Output;
        Assert.That(failed, Does.Contain("is NaN").Or.Contain("infinit"));
        Assert.That(Search("query", "one", "SELECT count(*) FROM trials WHERE strategy = 'cma_es' AND role = 'search' AND label IS NULL", "--format", "csv").Output, Does.Contain("30"));
    }

    [Test]
    public void Run_DiskThatFillsUp_PausesUntilThereIsRoomOrItIsStopped([Values] bool stopped)
    {
        Directory.CreateDirectory(_study.Results);
        if (Environment.UserName != "root" || Shell("mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", _study.Results) != 0)
        {
            Assert.Ignore("A disk that is really full takes a small tmpfs, and so the right to mount one.");
        }

        try
        {
            string[] study = ["--set", "budget.evaluations=40000", "--set", "strategy.population=2000"];
            var errors = new StringBuilder();
            using (Process run = SearchProcess.Start(["run", _study.Path, "--run-id", "full", "--out", _study.Results, .. study]))
            {
                using var paused = new ManualResetEventSlim();
                run.ErrorDataReceived += (_, line) =>
                {
                    lock (errors)
                    {
                        errors.AppendLine(line.Data);
                    }

                    if (line.Data?.StartsWith("paused", StringComparison.Ordinal) == true)
                    {
                        paused.Set();
                    }
                };
                run.BeginErrorReadLine();
                _ = run.StandardOutput.ReadToEndAsync();
                Assert.That(paused.Wait(60_000), "it says that it waits");
                Assert.That(run.HasExited, Is.False);
                Assert.That(Search("query", "full", "SELECT count(*) > 0 AS kept FROM trials", "--format", "csv").Output, Does.Contain("true"));
                if (stopped)
                {
                    Assert.That(kill(run.Id, Interrupt), Is.Zero);
                }
                else
                {
                    Shell("mount", "-o", "remount,size=100m", _study.Results);
                }

                Assert.That(run.WaitForExit(120_000));
                run.WaitForExit();
                Assert.That(run.ExitCode, Is.EqualTo(stopped ? 130 : 0), errors.ToString());
            }

            Assert.That(errors.ToString(), Does.Contain("No space left").And.Not.Contain("   at "));
            Assert.That(errors.ToString(), stopped ? Does.Contain("cannot be recorded and are evaluated again").And.Contain($"continue with: search resume '{Run("full")}'") : Does.Contain("recording again"));
            Shell("mount", "-o", "remount,size=100m", _study.Results);
            SearchProcess resumed = Search("resume", "full");
            Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
            Assert.That(Search(["run", _study.Path, "--run-id", "whole", .. study]).ExitCode, Is.Zero);
            Assert.That(Search("query", "full", Soak.Content, "--format", "csv").Output, Is.EqualTo(Search("query", "whole", Soak.Content, "--format", "csv").Output));
        }
        finally
        {
            Shell("umount", _study.Results);
        }
    }

    [Test]
    public void Run_NamesWithBrackets_ArePrintedAsTheyAre()
    {
        _study.Replace("name: tiny", "name: 'a[b]'");
        Assert.That(Search("run", _study.Path, "--set", "budget.evaluations=2").Output, Does.Contain("a[b]"));
        Assert.That(Search("list").Output, Does.Contain("a[b]"));
    }

    [Test]
    public void Run_GraphWithNamesOfItsOwn_SaysHowTheyWereFoundAndScoresTheSame()
    {
        SearchProcess named = Search("run", _study.Path, "--run-id", "named", "--set", "budget.evaluations=8");
        _study.ExportAs("layers.0.weight", "onnx::Gemm_1");
        _study.ExportAs("layers.1.weight", "onnx::Gemm_2");
        _study.Replace("private: ['^head\\.']", "private: ['^head\\.']\n  rename: { '^layers\\.1\\.weight$': 'onnx::Gemm_2' }");
        SearchProcess found = Search("run", _study.Path, "--run-id", "found", "--set", "budget.evaluations=8");

        Assert.That(found.ExitCode, Is.Zero, found.Error);
        Assert.Multiple(() =>
        {
            Assert.That(found.Error, Does.Contain("binding   1 by name, 1 by content, 1 by rename"));
            Assert.That(named.Error, Does.Not.Contain("binding"));
            Assert.That(Search("query", "found", Soak.Content, "--format", "csv").Output, Is.EqualTo(Search("query", "named", Soak.Content, "--format", "csv").Output));
        });
    }

    [Test]
    public void Run_StartedByARule_SaysWhichAndResumesFromItsNumbers()
    {
        SearchProcess run = Search("run", _study.Path, "--run-id", "ruled", "--set", "merge.initial=metagpt", "--set", "merge.bounds=[-0.5, 0.5]", "--set", "budget.evaluations=8");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string[] rows = Search("query", "ruled", "SELECT expert, initial FROM coefficients", "--format", "csv").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        double[] first = [.. rows.Where(row => row.StartsWith("a,", StringComparison.Ordinal)).Select(row => double.Parse(row.Split(',')[1], CultureInfo.InvariantCulture)).Distinct()];
        double[] second = [.. rows.Where(row => row.StartsWith("b,", StringComparison.Ordinal)).Select(row => double.Parse(row.Split(',')[1], CultureInfo.InvariantCulture)).Distinct()];
        Assert.Multiple(() =>
        {
            Assert.That(first.Concat(second).Count(), Is.EqualTo(2), "a model has one share an expert");
            Assert.That(first[0] + second[0], Is.LessThan(1), "the larger share is above the bound");
            Assert.That(run.Error, Does.Contain("start     rule metagpt: a 0.").And.Contain("2 of 4 coefficients are clipped into [-0.5, 0.5]"));
            Assert.That(Search("show", "ruled").Output, Does.Contain("start     by rule metagpt"));
            Assert.That(JsonDocument.Parse(Search("show", "ruled", "--json").Output).RootElement.GetProperty("start_rule").GetString(), Is.EqualTo("metagpt"));
            Assert.That(File.ReadAllText(Path.Combine(Run("ruled"), "study.yaml")), Does.Contain("rule: metagpt").And.Contain("values:"));
        });

        SearchProcess resumed = Search("resume", "ruled");
        Assert.That(resumed.ExitCode, Is.Zero, resumed.Error);
        Assert.That(resumed.Error, Does.Contain("start     rule metagpt: a 0.").And.Not.Contain("clipped"));

        SearchProcess wrong = Search("run", _study.Path, "--run-id", "wrong", "--set", "merge.operator=magmax", "--set", "merge.initial=metagpt");
        Assert.That(wrong.ExitCode, Is.EqualTo(1));
        Assert.That(wrong.Error, Does.Contain("for which operator magmax has no coefficients"));
    }

    [Test]
    public void Run_ExpertWithItsOwnBase_IsMergedExportedAndVouchedFor()
    {
        _study.Save("own", _study.Draw(128, 0.6), _study.Draw(256, 0.5), classes: 3);
        _study.Replace("b: b.safetensors }", "b: { path: b.safetensors, base: own.safetensors } }");
        SearchProcess run = Search("run", _study.Path, "--run-id", "one", "--set", "budget.evaluations=8");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("read back and scored again"));

        File.WriteAllText(_study.File("chat.yaml"), "base: base.safetensors\nexperts: { b: { path: b.safetensors, base: own.safetensors } }\ncoefficients: { b: 1 }\nprivate: ['^head']\n");
        Assert.That(SearchProcess.Run("merge", _study.File("chat.yaml"), "-o", _study.File("chat")).ExitCode, Is.Zero);
        float[] Read(string file)
        {
            using Checkpoint checkpoint = Checkpoint.Open(_study.File(file));
            return checkpoint.ReadFloats(checkpoint.Find("layers.1.weight")!);
        }

        float[] expected = [.. Read("base.safetensors").Zip(Read("b.safetensors").Zip(Read("own.safetensors"), (chat, own) => chat - own), (x, tau) => x + tau)];
        Assert.That(Read("chat/model.safetensors"), Is.EqualTo(expected).Within(1e-6));

        using (FileStream own = File.OpenWrite(_study.File("own.safetensors")))
        {
            own.Seek(-1, SeekOrigin.End);
            own.WriteByte(0x3e);
        }

        Assert.That(Search("resume", "one").Error, Does.Match(@"own\.safetensors has \d+ bytes with SHA-256 [0-9a-f]{12} \(recorded were"));
    }

    [Test]
    public void Inspect_Pair_ComparesExperts()
    {
        string[] files = [_study.File("base.safetensors"), _study.File("a.safetensors"), _study.File("b.safetensors"), "--private", "^head"];
        SearchProcess table = SearchProcess.Run(["inspect", "--pair", .. files]);
        Assert.That(table.ExitCode, Is.Zero, table.Error);
        Assert.That(table.Output, Does.Contain("layers.1").And.Contain("whole model").And.Contain("a · b").And.Contain("conflict"));
        SearchProcess json = SearchProcess.Run(["inspect", "--pair", .. files, "--json", "--by", "tensor", "--csv", _study.File("pairs.csv")]);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        double cosine = document.RootElement.GetProperty("model").GetProperty("pairs")[0].GetProperty("cosine").GetDouble();
        string[] lines = File.ReadAllLines(_study.File("pairs.csv"));
        Assert.Multiple(() =>
        {
            Assert.That(document.RootElement.GetProperty("groups").EnumerateArray().Select(group => group.GetProperty("name").GetString()), Is.EqualTo(new[] { "layers.0.weight", "layers.1.weight" }));
            Assert.That(lines, Has.Length.EqualTo(1 + (3 * 10)), "three rows of three numbers an expert, three a pair and one more");
            Assert.That(lines, Does.Contain(string.Create(CultureInfo.InvariantCulture, $"model,,384,cosine,a,b,{cosine:R}")));
        });
        foreach ((string[] arguments, string words) in new (string[], string)[]
        {
            ([.. files, "--pair", "--density", "1.5"], "--density must be above 0"), ([files[0], "--pair"], "at least one expert"), ([files[0], files[1]], "takes one file, got 2"), ([files[0], "--by", "model"], "--by goes with --pair"),
        })
        {
            SearchProcess wrong = SearchProcess.Run(["inspect", .. arguments]);
            Assert.That(wrong.ExitCode, Is.EqualTo(2), wrong.Error);
            Assert.That(wrong.Error, Does.Contain(words));
        }
    }

    [Test]
    public void Run_StartedAtACoarserRun_BeginsWhereThatEnded()
    {
        Assert.That(Search("run", _study.Path, "--run-id", "coarse", "--set", "merge.granularity=model", "--set", "budget.evaluations=8").ExitCode, Is.Zero);
        Assert.That(Search("run", _study.Path, "--run-id", "fine", "--set", "merge.granularity=tensor", "--set", $"merge.initial={{ run: '{Run("coarse")}' }}", "--set", "budget.evaluations=8").ExitCode, Is.Zero);

        Dictionary<string, double> found = JsonDocument.Parse(File.ReadAllText(Path.Combine(Run("coarse"), "best/manifest.json"))).RootElement
            .GetProperty("coefficients").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetDouble());
        string[] rows = Search("query", "fine", "SELECT expert, initial FROM coefficients", "--format", "csv").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.That(rows, Has.Length.GreaterThan(found.Count));
        Assert.That(rows.Select(row => double.Parse(row.Split(',')[1], CultureInfo.InvariantCulture)), Is.EqualTo(rows.Select(row => found[row.Split(',')[0]])));

        SearchProcess wrong = Search("run", _study.Path, "--run-id", "wrong", "--set", "merge.granularity=model", "--set", $"merge.initial={{ run: '{Run("fine")}' }}");
        Assert.That(wrong.ExitCode, Is.EqualTo(1));
        Assert.That(wrong.Error, Does.Contain("which has no coefficient"));
    }

    [Test]
    public void Run_SettingSearched_IsACoefficientThatTheFoundModelHas()
    {
        string[] ties = ["--set", "merge.operator=ties", "--set", "merge.granularity=tensor", "--set", "budget.evaluations=12"];
        SearchProcess run = Search(["run", _study.Path, "--run-id", "searched", .. ties, "--set", "merge.settings={ density: { lower: 0.25, upper: 0.75, initial: 0.5 } }"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string[] rows = Search("query", "searched", "SELECT name, expert, lower, upper, initial FROM coefficients ORDER BY index", "--format", "csv").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(rows[^1], Is.EqualTo("density,density,0.25,0.75,0.5"));
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(Run("searched"), "best/manifest.json")));
        Assert.That(manifest.RootElement.GetProperty("coefficients").GetProperty("density").GetDouble(), Is.InRange(0.25, 0.75));
        Assert.That(Search("query", "searched", "SELECT count(DISTINCT coefficients[len(coefficients)]) > 5 FROM trials WHERE strategy = 'cma_es'", "--format", "csv").Output, Does.Contain("true"));

        // A run that starts there, with a range that the start is the middle of.
        SearchProcess next = Search(["run", _study.Path, "--run-id", "next", .. ties, "--set", "merge.settings={ density: { lower: 0, upper: 1 } }"]);
        Assert.That(next.ExitCode, Is.EqualTo(1));
        Assert.That(next.Error, Does.Contain("'merge.settings.density.lower' must be above 0"));
        next = Search(["run", _study.Path, "--run-id", "next", .. ties, "--set", $"merge.initial={{ run: '{Run("searched")}' }}", "--set", "merge.settings={ density: { lower: 0.1, upper: 1 } }"]);
        Assert.That(next.ExitCode, Is.Zero, next.Error);
        Assert.That(
            Search("query", "next", "SELECT initial FROM coefficients WHERE name = 'density'", "--format", "csv").Output.Trim().Split('\n')[1],
            Is.EqualTo(manifest.RootElement.GetProperty("coefficients").GetProperty("density").GetRawText()));
        Assert.That(Search("resume", Run("next")).ExitCode, Is.Zero, "what it wrote down of its start reads back");
    }

    public void Dispose() => _study.Dispose();

    private const int Interrupt = 2;

    private static string[] AdaMerging(string settings) => ["--set", $"strategy={{ name: adamerging, {settings} }}"];

    private static int Shell(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);

    private static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    // The file behind its header, which names the run.
    private static byte[] Data(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return bytes[(8 + (int)BitConverter.ToInt64(bytes))..];
    }

    private HashSet<string> Parts() => Directory.Exists(Path.Combine(Run("broken"), "trials"))
        ? [.. Directory.EnumerateFiles(Path.Combine(Run("broken"), "trials"), "*.parquet")]
        : [];

    private string Run(string id) => Path.Combine(_study.Results, "tiny", id);

    private SearchProcess Search(params string[] arguments) => SearchProcess.Run([.. arguments, "--out", _study.Results]);
}
