using Search.Checkpoints;

namespace Search.Cli.Tests;

/// <summary>Whatever is wrong, people read one sentence that names the place, the rule and the value.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TinyStudy _study = new();

    [TestCase("seed: 1", "sead: 1", "study.yaml:13: 'sead' is not a key here (did you mean 'seed'?)")]
    [TestCase("budget: { evaluations: 30 }", "", "'budget' is missing")]
    [TestCase("granularity: block", "granularity: layer", "must be one of model, kind, block, block_kind, tensor, got 'layer'")]
    [TestCase("base: base.safetensors", "base: gone.safetensors", "names a file that is not there")]
    public void Run_BrokenStudy_FailsInOneSentence(string text, string replacement, string message)
    {
        _study.Replace(text, replacement);
        AssertFails(message);
    }

    [Test]
    public void Run_VectorsOnADeviceThatTheEngineLacks_SaysWhichEngineHasOne()
    {
        _study.Replace("evaluator: { batch_size: 20 }", "evaluator: { engine: onnxruntime, vectors: bfloat16 }");
        AssertFails("vectors: bfloat16 needs engine: torch, got onnxruntime");
    }

    [Test]
    public void Run_ExpertsThatDiffer_ListsWhatDoes()
    {
        Save("b.safetensors", Floats("layers.0.weight", 16, 9), Floats("layers.2.weight", 16, 16));
        AssertFails("'layers.0.weight' is [16, 8] in the base and [16, 9] in expert b", "'layers.1.weight' is missing in expert b", "'layers.2.weight' of expert b is missing in the base");
    }

    [Test]
    public void Run_CorruptCheckpoint_NamesFileAndOffset()
    {
        byte[] bytes = File.ReadAllBytes(_study.File("a.safetensors"));
        File.WriteAllBytes(_study.File("a.safetensors"), bytes[..^7]);
        AssertFails("a.safetensors", "byte ");
    }

    [Test]
    public void Run_GraphThatDoesNotMatch_ListsTheTensors()
    {
        foreach (string name in new[] { "base", "a", "b" })
        {
            Save($"{name}.safetensors", Floats("layers.0.weight", 16, 8), Floats("layers.1.weigth", 16, 16), Floats("head.weight", 3, 16));
        }

        AssertFails("graph.onnx", "'layers.1.weigth'", "did you mean 'layers.1.weight'?");
    }

    [Test]
    public void Run_BatchOfWrongShape_NamesTheTensorAndBothShapes()
    {
        Save("a.search.safetensors", Floats("x", 32, 7));
        AssertFails("a.search.safetensors", "'x'", "8", "[32, 7]");
    }

    [Test]
    public void Run_BatchOfBytesWithoutAMap_AsksForTheMap()
    {
        Save("a.search.safetensors", TensorContent.FromValues("x", TensorType.U8, [32, 8], new byte[256]));
        AssertFails("a.search.safetensors", "'x'", "scale");
    }

    [Test]
    public void Run_BatchOfWrongName_NamesWhatTheGraphNeeds()
    {
        Save("a.search.safetensors", Floats("y", 32, 8));
        AssertFails("a.search.safetensors", "'x'");
    }

    [Test]
    public void Run_FolderThatCannotBeWritten_SaysSo()
    {
        File.WriteAllText(_study.File("file"), "");
        SearchProcess run = SearchProcess.Run("run", _study.Path, "--out", _study.File("file"));
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("the run's folder cannot be made"));
    }

    [TestCase("merge")]
    [TestCase("export")]
    public void Write_OutputThatIsAFile_SaysSo(string command)
    {
        SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one", "--set", "budget.evaluations=2");
        File.WriteAllText(_study.File("file"), "");
        File.WriteAllText(_study.File("recipe.yaml"), "base: base.safetensors\nexperts: { a: a.safetensors }\ncoefficients: { a: 1 }\n");
        SearchProcess write = command == "merge"
            ? SearchProcess.Run("merge", _study.File("recipe.yaml"), "-o", _study.File("file"))
            : SearchProcess.Run("export", "one", "--out", _study.Results, "-o", _study.File("file"));
        Assert.That(write.ExitCode, Is.EqualTo(1));
        Assert.That(write.Error, Does.StartWith("search: ").And.Contain("the folder cannot be made").And.Not.Contain("unexpected"));
    }

    [Test]
    public void Run_SameDataInTwoRoles_IsRefused()
    {
        File.Copy(_study.File("a.search.safetensors"), _study.File("b.report.safetensors"), overwrite: true);
        SearchProcess run = SearchProcess.Run("run", _study.Path, "--out", _study.Results);
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("the same data has several roles (search: "));
    }

    [TestCase("")]
    [TestCase("../x")]
    public void Run_IdThatIsNoName_IsRefused(string id) =>
        Assert.That(SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", id).Error, Does.Contain("--run-id becomes a folder's name"));

    [Test]
    public void Run_NameOfAnOldRun_IsRefused()
    {
        SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one", "--set", "budget.evaluations=2");
        SearchProcess again = SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one");
        Assert.That(again.ExitCode, Is.EqualTo(1));
        Assert.That(again.Error, Does.Contain("a run of this name is there already"));
    }

    [Test]
    public void Resume_InputsThatChanged_IsRefused()
    {
        SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one", "--set", "budget.evaluations=2");
        Save("a.search.safetensors", Floats("x", 32, 8));
        SearchProcess resume = SearchProcess.Run("resume", "one", "--out", _study.Results);
        Assert.That(resume.ExitCode, Is.EqualTo(1));
        Assert.That(resume.Error, Does.Match(@"a\.search\.safetensors has 1096 bytes with SHA-256 [0-9a-f]{12} \(recorded were 1096 bytes with SHA-256 [0-9a-f]{12}\)"));
    }

    [Test]
    public void Resume_StatisticsThatChanged_IsRefused()
    {
        _study.Replace("merge: { granularity: block }", "merge: { granularity: block, operator: fisher, settings: { statistics: { a: a.fisher.safetensors, b: b.fisher.safetensors } } }");
        void SaveFisher(string expert, float value) => Save($"{expert}.fisher.safetensors", [.. new[] { ("layers.0.weight", 8), ("layers.1.weight", 16) }.Select(layer =>
            TensorContent.FromFloats(layer.Item1, TensorType.F32, [16, layer.Item2], Enumerable.Repeat(value, 16 * layer.Item2).ToArray()))]);
        SaveFisher("a", 1);
        SaveFisher("b", 2);
        SearchProcess run = SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one", "--set", "budget.evaluations=2");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(SearchProcess.Run("resume", "one", "--out", _study.Results).ExitCode, Is.Zero, "with the paths of the study in the run's folder");
        SaveFisher("b", 3);
        Assert.That(SearchProcess.Run("resume", "one", "--out", _study.Results).Error, Does.Contain("b.fisher.safetensors has "));
    }

    [Test]
    public void Resume_DataBesideTheGraphThatChanged_IsRefused()
    {
        _study.PutBeside("layers.1.weight", "graph.data");
        SearchProcess run = SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one", "--set", "budget.evaluations=2");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        File.WriteAllBytes(_study.File("graph.data"), [.. Enumerable.Repeat((byte)1, (int)new FileInfo(_study.File("graph.data")).Length)]);
        Assert.That(SearchProcess.Run("resume", "one", "--out", _study.Results).Error, Does.Contain("graph.data has "));
    }

    [Test]
    public void Resume_AnotherEngineVersion_IsRefusedUnlessForced()
    {
        SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one", "--set", "budget.evaluations=2");
        string manifest = Path.Combine(_study.Results, "tiny", "one", "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("onnxruntime 1.", "onnxruntime 0.", StringComparison.Ordinal));
        SearchProcess resume = SearchProcess.Run("resume", "one", "--out", _study.Results);
        Assert.That(resume.ExitCode, Is.EqualTo(1));
        Assert.That(resume.Error, Does.Contain("(recorded was onnxruntime 0."));
        Assert.That(SearchProcess.Run("resume", "one", "--force", "--out", _study.Results).ExitCode, Is.Zero);
    }

    [TestCase("[[1, 2]]", "vector 0 has 2 numbers, but the study searches 4: a/layers.0, b/layers.0, a/layers.1, b/layers.1")]
    [TestCase("[{\"a/layers.0\": 1, \"b/layer.0\": 1}]", "names 'b/layer.0', which the study does not search (did you mean 'b/layers.0'?)")]
    [TestCase("[{\"a/layers.0\": 1}]", "object 0 lacks 'b/layers.0'")]
    [TestCase("{}", "must be a JSON array")]
    [TestCase("[", "cannot be read as coefficients")]
    public void Evaluate_BrokenCoefficients_SaysWhatIsWrong(string json, string message)
    {
        File.WriteAllText(_study.File("c.json"), json);
        SearchProcess evaluate = SearchProcess.Run("evaluate", _study.Path, "--coefficients", _study.File("c.json"));
        Assert.That(evaluate.ExitCode, Is.EqualTo(1));
        Assert.That(evaluate.Error, Does.Contain(message));
    }

    [Test]
    public void Trust_WithoutLabels_SaysThatThereIsNoAccuracy()
    {
        _study.Replace(", report: a.report.safetensors", "");
        _study.Replace(", report: b.report.safetensors", "");
        SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one", "--set", "budget.evaluations=2");
        SearchProcess trust = SearchProcess.Run("trust", "one", "--out", _study.Results);
        Assert.That(trust.ExitCode, Is.EqualTo(1));
        Assert.That(trust.Error, Does.Contain("no task has report data, so there is no accuracy to compare scores with"));
    }

    [TestCase("objectives=[{ score: feature_l1, node: r2 }]", "there is no output and no node 'r2' to compare features at (did you mean 'r0'?)")]
    [TestCase("objectives=[{ score: next_token }]", "next_token reads an integer input, and the graph has none")]
    [TestCase("objectives=[{ score: cross_entropy, labelled: true }]", "cross_entropy needs labels, and the file has no tensor 'label'")]
    public void Run_ScoreThatCannotBeHad_SaysWhy(string setting, string message)
    {
        SearchProcess run = SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--set", setting);
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain(message).And.Not.Contain("   at "));
    }

    [TestCase("trust", "x", "--trials", "2")]
    [TestCase("trust", "x", "--bootstrap", "some")]
    [TestCase("nonsense")]
    [TestCase("run")]
    [TestCase("query", "x")]
    [TestCase("query", "x", "SELECT 1", "--format", "xml")]
    public void Search_BadUsage_ExitsWithTwoAndPointsToHelp(params string[] arguments)
    {
        SearchProcess search = SearchProcess.Run(arguments);
        Assert.That(search.ExitCode, Is.EqualTo(2));
        Assert.That(search.Error, Does.Contain("--help"));
    }

    [Test]
    public void Query_BrokenSql_FailsInOneSentence()
    {
        SearchProcess.Run("run", _study.Path, "--out", _study.Results, "--run-id", "one", "--set", "budget.evaluations=2");
        SearchProcess query = SearchProcess.Run("query", "one", "SELEC 1", "--out", _study.Results);
        Assert.That(query.ExitCode, Is.EqualTo(1));
        Assert.That(query.Error, Does.Contain("syntax error").And.Not.Contain("   at "));
    }

    [Test]
    public void Help_EveryCommand_HasAnExample(
        [Values("run", "resume", "list", "show", "export", "inspect", "merge", "evaluate", "doctor", "query", "trust")] string command)
    {
        SearchProcess help = SearchProcess.Run(command, "--help");
        Assert.That(help.ExitCode, Is.Zero);
        Assert.That(help.Output, Does.Contain($"Example: search {command}"));
    }

    public void Dispose() => _study.Dispose();

    private void AssertFails(params string[] parts)
    {
        SearchProcess run = SearchProcess.Run("run", _study.Path, "--out", _study.Results);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(1), run.Error);
            foreach (string part in parts)
            {
                Assert.That(run.Error, Does.Contain(part));
            }

            Assert.That(run.Error, Does.Not.Contain("   at "), "no stack trace");
            Assert.That(Directory.Exists(_study.Results), Is.False, "nothing is made of a study that cannot run");
        });
    }

    private void Save(string name, params TensorContent[] tensors) => SafetensorsWriter.Write(_study.File(name), tensors);

    private static TensorContent Floats(string name, int rows, int columns) =>
        TensorContent.FromFloats(name, TensorType.F32, [rows, columns], new float[rows * columns]);
}
