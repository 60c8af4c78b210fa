using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

internal sealed class OnnxRuntimeEvaluatorTests : EvaluatorContract
{
    private OnnxRuntimeLibrary? _library;

    protected override long LiveHandles => _library?.LiveHandles ?? 0;

    [SetUp]
    public void LoadLibrary()
    {
        try
        {
            _library = OnnxRuntimeLibrary.Load();
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }
    }

    [Test]
    public void Evaluate_FedWeights_EqualTheSameWeightsAsConstants()
    {
        const int Seed = 1;
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3, headSeed: Seed + 10));

        double fed = Entropy(evaluator, Mlp.Weights(Seed));

        PredictionScores constants = new("a");
        using OrtSession session = _library!.CreateSession(new Mlp().Build(Seed).ToByteArray(), new OrtSessionSettings { Threads = 2 });
        using OrtTensor x = _library!.CreateTensor<float>(Mlp.Numbers(7 * Mlp.Features, 3), [7, Mlp.Features]);
        using OrtTensor id = _library!.CreateTensor<long>(Mlp.Ids(7, 3), [7]);
        using OrtBinding binding = session.CreateBinding();
        binding.BindInput("x", x);
        binding.BindInput("id", id);
        binding.BindOutput("logits");
        session.Run(binding);
        using OrtTensor logits = binding.TakeOutputs()[0];
        constants.Add(logits.Read<float>(), 4, []);
        Assert.That(fed, Is.EqualTo(constants.ToTaskScores().Scores["entropy"]).Within(1e-7));
    }

    // The graph of any exporter, with other weights than the candidate's; every way in which weights lie in graphs.
    [TestCase("initializers")]
    [TestCase("inputs")]
    [TestCase("float16")]
    [TestCase("turned")]
    [TestCase("constant node")]
    [TestCase("external")]
    [TestCase("own file")]
    [TestCase("other head")]
    public void Export_Graph_RunsByItselfAsTheWeightsFed(string form)
    {
        EvaluatorTask Task() => this.Task("a", classes: form == "other head" ? 6 : 4, seed: 3, headSeed: 20);
        EvaluatorOptions options = Options(new Mlp { WeightsAsInputs = form == "inputs", WeightType = form == "float16" ? OrtElementType.Float16 : OrtElementType.Float }, Task());
        ModelProto? graph = form switch
        {
            "turned" => new Mlp().Build(7).WithHeadTurned(4, "onnx::MatMul_7"),
            "constant node" => new Mlp().Build(7).WithConstantNode("w1"),
            "external" => new Mlp().Build(7).WithExternalData(Path.Combine(Folder, "weights.bin")),
            _ => null,
        };
        if (graph is not null)
        {
            File.WriteAllBytes(options.GraphPath, graph.ToByteArray());
        }

        options = form == "turned" ? options with { Rename = [new("^head.weight$", "onnx::MatMul_7^T")] } : options;
        WeightSet weights = Mlp.Weights(2);
        var merged = new MemoryCheckpoint("merged");
        for (int i = 0; i < Mlp.Layout.Tensors.Count; i++)
        {
            merged = merged.With(Mlp.Layout.Tensors[i].Name, weights[i].ToArray(), [.. Mlp.Layout.Tensors[i].Shape]);
        }

        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "away")).FullName, "model.onnx");
        IReadOnlyList<string> files = OnnxExport.Write(path, Mlp.Layout, options, merged, form == "own file" ? 0 : OnnxExport.MostInline);

        using IEvaluator alone = Create(new WeightLayout([]), options with { GraphPath = path, PrivateTensors = [], Rename = [] });
        double entropy = Entropy(alone, new WeightSet(new WeightLayout([])));
        using IEvaluator fed = Create(options with { Tasks = [Task()] });
        Assert.That(files, Has.Count.EqualTo(form == "own file" ? 2 : 1));
        Assert.That(entropy, Is.EqualTo(Entropy(fed, weights)).Within(1e-6));
    }

    // What shares the passes must not move a bit of another task's scores.
    [Test]
    public void Evaluate_OtherTasksInThePasses_LeavesATasksBitsAlone()
    {
        double[] With(int seed)
        {
            using IEvaluator evaluator = Create(Options(new Mlp(), Task("a", classes: 4, seed: 3), Task("b", classes: 5, seed)) with { BatchSize = 4 });
            return [.. evaluator.Evaluate(Mlp.Weights(1), DataRole.Search, CancellationToken.None).Tasks[0].Scores.Values];
        }

        Assert.That(With(8), Is.EqualTo(With(5)));
    }

    [Test]
    public void Evaluate_HeadInsideACondition_GivesWhatTheHeadItselfGives()
    {
        EvaluatorOptions options = Options(new Mlp(), Task("a", classes: 3, seed: 3), Task("b", classes: 9, seed: 5));
        EvaluationResult Scored()
        {
            using IEvaluator evaluator = Create(options);
            return evaluator.Evaluate(Mlp.Weights(1), DataRole.Search, CancellationToken.None);
        }

        TaskScores[] plain = [.. Scored().Tasks];
        File.WriteAllBytes(options.GraphPath, GraphPartsTests.WithBranches().ToByteArray());
        foreach ((EvaluatorTask task, int index) in options.Tasks.Select((task, index) => (task, index)))
        {
            Replace(task, _ => Mlp.Batches(7, index == 0 ? 3 : 5, index == 0 ? 3 : 9));
        }

        TaskScores[] chosen = [.. Scored().Tasks];

        Assert.That(chosen.Select(task => task.Scores["entropy"]), Is.EqualTo(plain.Select(task => task.Scores["entropy"])));
    }

    [Test]
    public void Evaluate_BadIdOfOneOfTheTasks_NamesThoseInThePass()
    {
        EvaluatorTask[] tasks = [Task("a", classes: 4, seed: 3), Task("b", classes: 4, seed: 5)];
        Replace(tasks[1], batch => batch.With("id", new long[] { 0, 1, 2, 0, 0, 0, 99 }, 7));
        using IEvaluator evaluator = Create(Options(new Mlp(), tasks) with { BatchSize = 64 });

        Assert.That(() => Entropy(evaluator, Mlp.Weights(1)), Throws.TypeOf<EvaluationException>().With.Message.StartsWith("Tasks 'a', 'b': ").And.Message.Contains("make words"));
    }

    [Test]
    public void Evaluate_IdOutOfRange_FailsNamingTaskAndNode()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        Replace(task, batch => batch.With("id", new long[] { 0, 1, 99, 0, 0, 0, 0 }, 7));
        using IEvaluator evaluator = Create(new Mlp(), task);

        Assert.That(() => Entropy(evaluator, Mlp.Weights(1)), Throws.TypeOf<EvaluationException>().With.Message.Contains("Task 'a'").And.Message.Contains("make words"));
    }

    [Test]
    public void Properties_OfAnEvaluator_SayWhatItIs()
    {
        using IEvaluator evaluator = Create(new Mlp(), Task("a", classes: 4, seed: 3));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(evaluator.Engine, Is.EqualTo("onnxruntime"));
            Assert.That(evaluator.Device, Is.EqualTo("cpu"));
            Assert.That(evaluator.Version, Is.EqualTo(_library!.Version));
            Assert.That(((OnnxRuntimeEvaluator)evaluator).Constants, Is.EqualTo(new[] { "scale" }));
        }
    }

    [Test]
    public void Constructor_CudaIsNotThere_ListsTheProviders()
    {
        if (File.Exists("/dev/nvidia0"))
        {
            Assert.Ignore("this machine has a CUDA device");
        }

        EvaluatorOptions options = Options(new Mlp(), Task("a", classes: 4, seed: 3));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Create(options with { Device = "cuda" }), Throws.TypeOf<SearchException>().With.Message.Contains("CPUExecutionProvider"));
            using IEvaluator evaluator = Create(options with { Device = "auto" });
            Assert.That(evaluator.Device, Is.EqualTo("cpu"));
        }
    }

    [Test]
    public void Options_Defaults_AreAsDocumented()
    {
        EvaluatorOptions options = new() { GraphPath = "g", Tasks = [] };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.BatchSize, Is.EqualTo(64));
            Assert.That(options.Threads, Is.Zero);
            Assert.That(options.Device, Is.EqualTo("auto"));
            Assert.That(options.PrivateTensors, Is.Empty);
            Assert.That(options.Scores, Is.Empty);
            Assert.That(options.Inputs, Is.Empty);
        }
    }

    protected override int Passes(IEvaluator evaluator) => ((OnnxRuntimeEvaluator)evaluator).Passes;

    protected override IEvaluator Create(WeightLayout layout, EvaluatorOptions options) => new OnnxRuntimeEvaluator(layout, options, _library!);
}
