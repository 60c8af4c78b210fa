using Google.Protobuf;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

// What every engine makes of graphs as exporters leave them. Sessions own thread pools: fixtures beside one another would fight for cores.
[NonParallelizable]
internal abstract class BoundWeightsTests
{
    // The checkpoint keeps w1 as linear layers do: output × input.
    private protected static readonly WeightLayout LinearLayout = new([
        new WeightSlot("b1", [Mlp.Hidden]),
        new WeightSlot("embedding", [Mlp.Words, Mlp.Hidden]),
        new WeightSlot("w1", [Mlp.Hidden, Mlp.Features]),
    ]);

    private readonly Dictionary<string, Func<Checkpoint>> _batches = [];
    private string _folder = string.Empty;

    private protected abstract void FindLibrary();

    private protected abstract IEvaluator Create(WeightLayout layout, EvaluatorOptions options);

    private protected abstract string? Binding(IEvaluator evaluator);

    [SetUp]
    public void RequireEngine()
    {
        try
        {
            FindLibrary();
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }

        _folder = Directory.CreateTempSubdirectory("search-bind-").FullName;
    }

    [TearDown]
    public void DeleteFolder()
    {
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Test]
    public void Evaluate_RenamedAndTransposedWeights_GiveTheScoresOfTheNamedGraph()
    {
        EvaluatorTask[] tasks = [Task("a", classes: 4, seed: 3), Task("b", classes: 7, seed: 5)];
        ModelProto exported = new Mlp().Build().Renamed("w1", "onnx::MatMul_1").Renamed("embedding", "onnx::Gather_2").WithHeadTurned(4, "onnx::Gemm_3").WithConstantNode("onnx::MatMul_1");
        using IEvaluator named = Create(Mlp.Layout, new Mlp().Build(), tasks);
        using IEvaluator found = Create(LinearLayout, exported, tasks, LinearBase());
        WeightSet weights = Mlp.Weights(1);
        WeightSet linear = Linear(1);
        double[] before = Scores(found, linear);
        double[] expected = Scores(named, weights);
        Mlp.Fill(weights, 2);
        Fill(linear, 2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.EqualTo(expected).Within(1e-6));
            Assert.That(Scores(found, linear), Is.EqualTo(Scores(named, weights)).Within(1e-6), "the same weights, changed in place");
            Assert.That(Scores(found, linear), Is.Not.EqualTo(before).Within(1e-4));
            Assert.That(Binding(named), Is.Null);
            Assert.That(Binding(found), Is.EqualTo("2 by name, 3 by content (2 transposed)"));
        }
    }

    [Test]
    public void Evaluate_Float16GraphOfTransposedWeights_ScoresTheRoundedWeights()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        Mlp half = new() { WeightType = OrtElementType.Float16 };
        ModelProto exported = half.Build();
        exported.Renamed("w1", "onnx::MatMul_1");
        using IEvaluator named = Create(Mlp.Layout, half.Build(), [task]);
        using IEvaluator found = Create(LinearLayout, exported, [task], LinearBase());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Scores(found, Linear(1)), Is.EqualTo(Scores(named, Mlp.Weights(1))).Within(1e-6));
            Assert.That(Binding(found), Is.EqualTo("4 by name, 1 by content (1 transposed)"));
        }
    }

    [Test]
    public void Evaluate_TiedWeightsThatTheGraphHasTwice_AreBothFed()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        ModelProto once = TwiceGathered("embedding");
        ModelProto twice = TwiceGathered("onnx::Gather_9");
        using IEvaluator shared = Create(Mlp.Layout, once, [task]);
        using IEvaluator copied = Create(Mlp.Layout, twice, [task], Base(Mlp.Layout, 0));

        Assert.That(Scores(copied, Mlp.Weights(1)), Is.EqualTo(Scores(shared, Mlp.Weights(1))).Within(1e-6));
        Assert.That(Binding(copied), Is.EqualTo("5 by name, 1 by content"));
    }

    [Test]
    public void Evaluate_ExternalData_IsReadForWhatStaysAndForValues()
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        ModelProto exported = new Mlp().Build().Renamed("w1", "onnx::MatMul_1").WithExternalData(Path.Combine(_folder, "external.bin"));
        using IEvaluator named = Create(Mlp.Layout, new Mlp().Build(), [task]);
        using IEvaluator found = Create(LinearLayout, exported, [task], LinearBase());

        Assert.That(Scores(found, Linear(1)), Is.EqualTo(Scores(named, Mlp.Weights(1))).Within(1e-6));
    }

    [Test]
    public void Evaluate_StrippedGraph_IsFedByNameAndRename([Values] bool asInputs)
    {
        EvaluatorTask task = Task("a", classes: 4, seed: 3);
        ModelProto stripped = new Mlp { WeightsAsInputs = asInputs }.Build();
        TensorProto scale = stripped.Graph.Initializer.Single(tensor => tensor.Name == "scale");
        stripped.Graph.Initializer.Remove(scale);
        stripped.WithExternalData(Path.Combine(_folder, "lost.bin"), write: false).Graph.Initializer.Add(scale);
        using IEvaluator named = Create(Mlp.Layout, new Mlp().Build(), [task]);
        WeightLayout prefixed = new([.. LinearLayout.Tensors.Select(slot => slot with { Name = $"m.{slot.Name}" })]);
        EvaluatorOptions options = Options(stripped, [task]) with { Rename = [new("^m\\.", "")] };
        using IEvaluator found = Create(prefixed, options);
        WeightSet linear = new(prefixed);
        Fill(linear, 1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Scores(found, linear), Is.EqualTo(Scores(named, Mlp.Weights(1))).Within(1e-6));
            Assert.That(Binding(found), Is.EqualTo("2 by name, 3 by rename (1 transposed)"));
        }
    }

    [TestCase(TensorType.F32)]
    [TestCase(TensorType.F16)]
    public void Evaluate_ExportedBlock_GivesTheExportersScores(TensorType type)
    {
        using Checkpoint stored = Checkpoint.Open(Graph("base.safetensors"));
        using Checkpoint expert = Checkpoint.Open(Graph("expert.safetensors"));
        using Checkpoint expected = Checkpoint.Open(Graph("expected.safetensors"));
        TensorInfo[] merged = [.. stored.Tensors.Where(tensor => !tensor.Name.StartsWith("head.", StringComparison.Ordinal))];
        WeightLayout layout = new([.. merged.Select(tensor => new WeightSlot(tensor.Name, tensor.Shape))]);
        TensorInfo x = expected.Find("x")!;
        _batches["x"] = () => new MemoryCheckpoint("x").With("x", expected.ReadFloats(x), [.. x.Shape]);
        using IEvaluator evaluator = Create(layout, new EvaluatorOptions
        {
            GraphPath = Graph("block.onnx"),
            Tasks = [TaskOf("base", stored), TaskOf("expert", expert)],
            PrivateTensors = Mlp.HeadNames,
            Base = Converted(stored, type),
            OpenBatches = path => _batches[path](),
            Threads = 2,
            Device = "cpu",
        });
        WeightSet weights = new(layout);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Binding(evaluator), Is.EqualTo("9 by name, 6 by content (6 transposed)"));
            Assert.That(ScoreOf(stored, 0), Is.EqualTo(Entropy("base")).Within(1e-6));
            Assert.That(ScoreOf(expert, 1), Is.EqualTo(Entropy("expert")).Within(1e-6));
            Assert.That(Entropy("base"), Is.Not.EqualTo(Entropy("expert")).Within(1e-3));
        }

        double ScoreOf(Checkpoint model, int task)
        {
            for (int i = 0; i < merged.Length; i++)
            {
                model.ReadFloats(model.Find(merged[i].Name)!, 0, weights[i].Span);
            }

            return Scores(evaluator, weights)[task];
        }

        double Entropy(string name)
        {
            PredictionScores scores = new(name);
            scores.Add(expected.ReadFloats(expected.Find(name)!), 3, []);
            return scores.ToTaskScores().Scores["entropy"];
        }
    }

    private static string Graph(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Graphs", "renamed", name);

    private static double[] Scores(IEvaluator evaluator, WeightSet weights) =>
        [.. evaluator.Evaluate(weights, DataRole.Search, CancellationToken.None).Tasks.Select(task => task.Scores["entropy"])];

    // The numbers of Mlp.Fill in the checkpoint's layout.
    private static void Fill(WeightSet weights, int seed)
    {
        for (int i = 0; i < Mlp.Layout.Tensors.Count; i++)
        {
            float[] numbers = Mlp.Numbers(weights[i].Length, seed + i);
            (i == 2 ? GraphEdits.Turned(numbers, Mlp.Features, Mlp.Hidden) : numbers).CopyTo(weights[i]);
        }
    }

    private protected static WeightSet Linear(int seed)
    {
        WeightSet weights = new(LinearLayout);
        Fill(weights, seed);
        return weights;
    }

    private protected static MemoryCheckpoint LinearBase() => Base(LinearLayout, 0).With("w1", Linear(0)[2].ToArray(), Mlp.Hidden, Mlp.Features);

    private static MemoryCheckpoint Base(WeightLayout layout, int seed)
    {
        MemoryCheckpoint file = new MemoryCheckpoint("base").With("head.weight", Mlp.Numbers(4 * Mlp.Hidden, 10), 4, Mlp.Hidden);
        for (int i = 0; i < layout.Tensors.Count; i++)
        {
            file = file.With(layout.Tensors[i].Name, Mlp.Numbers((int)layout.Tensors[i].ElementCount, seed + i), [.. layout.Tensors[i].Shape]);
        }

        return file;
    }

    private static MemoryCheckpoint Converted(Checkpoint file, TensorType type) => file.Tensors.Aggregate(new MemoryCheckpoint("converted"), (copy, tensor) =>
    {
        byte[] bytes = new byte[tensor.ElementCount * TensorConversion.ByteSize(type)];
        TensorConversion.FromFloat32(file.ReadFloats(tensor), type, bytes);
        return copy.With(tensor.Name, type, bytes, [.. tensor.Shape]);
    });

    private static EvaluatorTask TaskOf(string name, Checkpoint expert) => new(name, expert, new Dictionary<DataRole, string> { [DataRole.Search] = "x" });

    // The words are added twice, the second time from another tensor's name.
    private static ModelProto TwiceGathered(string second)
    {
        ModelProto model = new Mlp().Build();
        NodeProto gather = model.Graph.Node.Single(node => node.OpType == "Gather");
        NodeProto again = gather.Clone();
        (again.Input[0], again.Output[0], again.Name) = (second, "words again", "again");
        NodeProto add = new() { OpType = "Add", Name = "both" };
        add.Input.Add(["words", "words again"]);
        add.Output.Add("all words");
        int index = model.Graph.Node.IndexOf(gather) + 1;
        model.Graph.Node.Insert(index, again);
        model.Graph.Node.Insert(index + 1, add);
        model.Graph.Node.Single(node => node.Output[0] == "sum").Input[1] = "all words";
        if (second != "embedding")
        {
            TensorProto copy = model.Graph.Initializer.Single(tensor => tensor.Name == "embedding").Clone();
            copy.Name = second;
            model.Graph.Initializer.Add(copy);
        }

        return model;
    }

    private protected EvaluatorTask Task(string name, int classes, int seed)
    {
        string path = $"{name}.search.safetensors";
        _batches[path] = () => Mlp.Batches(7, seed, classes);
        return new EvaluatorTask(name, Mlp.Head(classes, seed), new Dictionary<DataRole, string> { [DataRole.Search] = path });
    }

    private protected IEvaluator Create(WeightLayout layout, ModelProto graph, EvaluatorTask[] tasks, Checkpoint? model = null) => Create(layout, Options(graph, tasks) with { Base = model });

    private EvaluatorOptions Options(ModelProto graph, EvaluatorTask[] tasks)
    {
        string path = Path.Combine(_folder, $"{Directory.GetFiles(_folder).Length}.onnx");
        File.WriteAllBytes(path, graph.ToByteArray());
        return new EvaluatorOptions
        {
            GraphPath = path,
            Tasks = tasks,
            OpenBatches = name => _batches[name](),
            PrivateTensors = Mlp.HeadNames,
            BatchSize = 3,
            Threads = 2,
            Device = "cpu",
        };
    }
}
