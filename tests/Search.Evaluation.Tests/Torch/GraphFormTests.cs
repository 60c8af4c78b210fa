using Google.Protobuf;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Evaluation.Torch;
using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>
/// Graphs and data of unusual form: logits of every token [n, T, C] from ids [n, T], perhaps computed with the tokens first. Alone, because
/// sessions own thread pools.
/// </summary>
[NonParallelizable]
internal sealed class GraphFormTests
{
    private const int Words = 7;
    private const int Width = 4;
    private const int Classes = 3;

    private static readonly WeightLayout Layout = new([new WeightSlot("embedding", [Words, Width]), new WeightSlot("w", [Width, Width])]);

    private IReadOnlyList<Score> _scores = [];

    private readonly Dictionary<string, Func<MemoryCheckpoint>> _batches = [];
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder()
    {
        TorchInstallation.Require();
        _folder = Directory.CreateTempSubdirectory("search-torch-").FullName;
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Constructor_SeveralUnknownOperators_NamesAllWithNodeDomainAndOpset()
    {
        GraphProto graph = Tagger(tokensFirst: false);
        graph.Node.Add(new NodeProto { OpType = "Unique", Name = "kinds", Input = { "ids" }, Output = { "a" } });
        graph.Node.Add(new NodeProto { OpType = "FusedThing", Domain = "com.example", Name = "thing", Input = { "ids" }, Output = { "b" } });

        Assert.That(
            () => new TorchEvaluator(Layout, Options(graph, Task("a", 4, 3))),
            Throws.TypeOf<SearchException>().With.Message.EndsWith(
                "tagger.onnx: 2 nodes have operators that the torch engine lacks:\n"
                + "  node 'kinds': operator ai.onnx.Unique, opset 13\n"
                + "  node 'thing': operator com.example.FusedThing, opset 3"));
    }

    [Test]
    public void Constructor_IdsOfAnotherType_SaysWhatIsExpectedAndFound()
    {
        EvaluatorTask task = Task("a", 4, 3);
        _batches["a"] = () => new MemoryCheckpoint("a").With("ids", new float[12], 4, 3);

        Assert.That(
            () => new TorchEvaluator(Layout, Options(Tagger(tokensFirst: false), task)),
            Throws.TypeOf<SearchException>().With.Message.Contains("tensor 'ids': the graph expects int64, found F32, which does not convert without loss"));
    }

    [Test]
    public void Constructor_CudaIsNotThere_SaysWhatLibtorchSees()
    {
        if (TorchLibrary.Describe().CudaDevices > 0)
        {
            Assert.Ignore("this machine has a CUDA device");
        }

        EvaluatorOptions options = Options(Tagger(tokensFirst: false), Task("a", 4, 3));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => new TorchEvaluator(Layout, options with { Device = "cuda" }),
                Throws.TypeOf<SearchException>().With.Message.Contains("device 'cuda' is not there: libtorch").And.Message.Contains("sees 0 CUDA devices").And.Message.Contains("or use device: cpu"));
            using var evaluator = new TorchEvaluator(Layout, options with { Device = "auto" });
            Assert.That(evaluator.Device, Is.EqualTo("cpu"));
        }
    }

    [Test]
    public void Evaluate_SeveralRowsAnExample_ScoresEachRow()
    {
        EvaluationResult result = Agreed(Tagger(tokensFirst: false), out IReadOnlyList<string> notes, Task("a", 5, 3), Task("b", 4, 3));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(notes, Is.Empty);
            Assert.That(result.Tasks.Select(task => task.Examples), Is.EqualTo(new[] { 15, 12 }));
            Assert.That(result.Tasks[0].Scores["accuracy"], Is.EqualTo(Accuracy(_batches["a"](), "a")).Within(1e-12));
        }
    }

    [Test]
    public void Evaluate_TasksOfDifferentLength_HaveForwardPassesOfTheirOwn()
    {
        Agreed(Tagger(tokensFirst: false), out IReadOnlyList<string> notes, Task("a", 5, 3), Task("b", 4, 6));

        Assert.That(notes, Is.EqualTo(new[] { "The tasks' inputs differ in shape, so each task has forward passes of its own." }));
    }

    // The logits have the examples first again, so they can be compared whatever the body does.
    [TestCase(1)]
    [TestCase(2)]
    public void Evaluate_TokensBeforeExamplesComparedWithTheExpert_GivesWhatOnnxRuntimeGives(int tasks)
    {
        _scores = [new Score(ScoreKind.Kl)];
        EvaluationResult result = Agreed(Tagger(tokensFirst: true), out _, [.. new[] { Task("a", 6, 4), Task("b", 5, 4) }.Take(tasks)]);

        Assert.That(result.Tasks[0].Scores["kl"], Is.GreaterThan(0));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Evaluate_FeatureWithTokensBeforeExamples_IsRefused(int tasks)
    {
        _scores = [new Score(ScoreKind.FeatureCosine) { Node = "hidden" }];
        using var evaluator = new TorchEvaluator(Layout, Options(Tagger(tokensFirst: true), [.. new[] { Task("a", 6, 4), Task("b", 5, 4) }.Take(tasks)]));

        Assert.That(
            () => evaluator.Evaluate(Weights(), DataRole.Search, CancellationToken.None),
            Throws.TypeOf<SearchException>().With.Message.Contains("feature_cosine:hidden compares each example with the expert's"));
    }

    // With 2 examples of each task, 4 tokens could be taken for them, and 3 cannot.
    [TestCase(3)]
    [TestCase(4)]
    public void Evaluate_TokensBeforeExamples_HasForwardPassesOfTheirOwn(int length)
    {
        Agreed(Tagger(tokensFirst: true), out IReadOnlyList<string> notes, Task("a", 5, length), Task("b", 4, length));

        Assert.That(notes, Is.EqualTo(new[] { "The graph does not keep examples apart along its first axis, so each task has forward passes of its own." }));
    }

    [Test]
    public void Evaluate_FixedBatch_IsKept()
    {
        GraphProto graph = Tagger(tokensFirst: false);
        graph.Input[0] = Mlp.Value("ids", OrtElementType.Int64, 2, 3);

        Agreed(graph, out IReadOnlyList<string> notes, Task("a", 6, 3), Task("b", 4, 3));

        Assert.That(notes, Is.EqualTo(new[] { "The graph fixes how many examples a batch has, so each task has forward passes of its own." }));
    }

    [Test]
    public void EvaluateGradient_OneTaskOrTwoTogether_GivesTheSameSum()
    {
        GraphProto graph = Tagger(tokensFirst: true);
        EvaluatorTask[] tasks = [Task("a", 5, 3), Task("b", 4, 3)];
        float[][] both = Gradients(graph, tasks);
        float[][] one = Gradients(graph, tasks[0]);
        float[][] other = Gradients(graph, tasks[1]);

        for (int i = 0; i < both.Length; i++)
        {
            float[] mean = [.. one[i].Zip(other[i], (a, b) => (a + b) / 2)];
            Assert.That(both[i], Is.EqualTo(mean).Within(1e-6), Layout.Tensors[i].Name);
            Assert.That(both[i].Max(MathF.Abs), Is.GreaterThan(1e-4), Layout.Tensors[i].Name);
        }
    }

    // Both engines' scores must be the same.
    private EvaluationResult Agreed(GraphProto graph, out IReadOnlyList<string> notes, params EvaluatorTask[] tasks)
    {
        EvaluatorOptions options = Options(graph, tasks);
        using var evaluator = new TorchEvaluator(Layout, options);
        EvaluationResult result = evaluator.Evaluate(Weights(), DataRole.Search, CancellationToken.None);
        notes = evaluator.Notes;
        try
        {
            using var reference = new OnnxRuntimeEvaluator(Layout, options, OnnxRuntimeLibrary.Load());
            foreach ((TaskScores actual, TaskScores expected) in result.Tasks.Zip(reference.Evaluate(Weights(), DataRole.Search, CancellationToken.None).Tasks))
            {
                Assert.That(actual.Examples, Is.EqualTo(expected.Examples));
                Assert.That(actual.Batches, Is.EqualTo(expected.Batches));
                Assert.That(actual.Scores.Keys, Is.EquivalentTo(expected.Scores.Keys));
                foreach ((string name, double value) in expected.Scores)
                {
                    Assert.That(actual.Scores[name], Is.EqualTo(value).Within(1e-6), $"{actual.Task}/{name}");
                }
            }

            Assert.That(reference.Notes, Is.EqualTo(notes));
        }
        catch (NativeException exception)
        {
            Assert.Warn(exception.Message);
        }

        return result;
    }

    private float[][] Gradients(GraphProto graph, params EvaluatorTask[] tasks)
    {
        using var evaluator = new TorchEvaluator(Layout, Options(graph, tasks));
        float[][] gradients = [.. Layout.Tensors.Select(slot => new float[slot.ElementCount])];
        ((IGradientEvaluator)evaluator).EvaluateGradient(
            Weights(), DataRole.Search, null, new Objective([new ObjectiveTerm(new Score(ScoreKind.Entropy), 1)]),
            (tensor, gradient) => gradient.CopyTo(gradients[tensor]), CancellationToken.None);
        return gradients;
    }

    private static WeightSet Weights()
    {
        WeightSet weights = new(Layout);
        Mlp.Numbers(Words * Width, 1).CopyTo(weights[0]);
        Mlp.Numbers(Width * Width, 2).CopyTo(weights[1]);
        return weights;
    }

    private static GraphProto Tagger(bool tokensFirst)
    {
        GraphProto graph = new() { Name = "tagger" };
        graph.Input.Add(Mlp.Value("ids", OrtElementType.Int64, null, null));
        graph.Output.Add(Mlp.Value("logits", OrtElementType.Float, null, null, Classes));
        graph.Initializer.Add(Mlp.Tensor("embedding", OrtElementType.Float, new float[Words * Width], Words, Width));
        graph.Initializer.Add(Mlp.Tensor("w", OrtElementType.Float, new float[Width * Width], Width, Width));
        graph.Initializer.Add(Mlp.Tensor("head", OrtElementType.Float, new float[Width * Classes], Width, Classes));
        graph.Node.Add(Node("Gather", "words", "embedding", "ids"));
        graph.Node.Add(tokensFirst ? Turned("ordered", "words") : Node("Identity", "ordered", "words"));
        graph.Node.Add(Node("MatMul", "mixed", "ordered", "w"));
        graph.Node.Add(Node("Tanh", "hidden", "mixed"));
        graph.Node.Add(Node("MatMul", "tagged", "hidden", "head"));
        graph.Node.Add(tokensFirst ? Turned("logits", "tagged") : Node("Identity", "logits", "tagged"));
        return graph;
    }

    private static NodeProto Node(string type, string output, params string[] inputs) => new() { OpType = type, Name = $"make {output}", Input = { inputs }, Output = { output } };

    private static NodeProto Turned(string output, string input)
    {
        NodeProto node = Node("Transpose", output, input);
        node.Attribute.Add(new AttributeProto { Name = "perm", Ints = { 1, 0, 2 }, Type = 7 });
        return node;
    }

    private EvaluatorTask Task(string name, int examples, int length)
    {
        int seed = name[0];
        _batches[name] = () => new MemoryCheckpoint(name)
            .With("ids", Enumerable.Range(0, examples * length).Select(i => (long)((i * 3) + seed) % Words).ToArray(), examples, length)
            .With("label", Enumerable.Range(0, examples * length).Select(i => (byte)((i + seed) % Classes)).ToArray(), examples, length);
        return new EvaluatorTask(name, Head(name), new Dictionary<DataRole, string> { [DataRole.Search] = name });
    }

    private static MemoryCheckpoint Head(string name) => new MemoryCheckpoint($"{name}.expert")
        .With("head", Mlp.Numbers(Width * Classes, name[0]), Width, Classes)
        .With("embedding", Mlp.Numbers(Words * Width, name[0] + 1), Words, Width)
        .With("w", Mlp.Numbers(Width * Width, name[0] + 2), Width, Width);

    // By hand, token by token.
    private static double Accuracy(MemoryCheckpoint batch, string name)
    {
        TensorInfo ids = batch.Find("ids")!;
        TensorInfo labels = batch.Find("label")!;
        long[] words = TensorReader.ReadIntegers<long>(batch, ids, 0, (int)ids.ElementCount);
        long[] classes = TensorReader.ReadIntegers<long>(batch, labels, 0, (int)labels.ElementCount);
        float[] head = Mlp.Numbers(Width * Classes, name[0]);
        WeightSet weights = Weights();
        (float[] embedding, float[] w) = (weights[0].ToArray(), weights[1].ToArray());
        int Best(long word)
        {
            double[] hidden = [.. Enumerable.Range(0, Width).Select(to => Math.Tanh(Enumerable.Range(0, Width).Sum(from => (double)embedding[(word * Width) + from] * w[(from * Width) + to])))];
            double[] logits = [.. Enumerable.Range(0, Classes).Select(c => Enumerable.Range(0, Width).Sum(h => hidden[h] * head[(h * Classes) + c]))];
            return Array.IndexOf(logits, logits.Max());
        }

        return words.Zip(classes, (word, label) => Best(word) == label ? 1.0 : 0).Average();
    }

    private EvaluatorOptions Options(GraphProto graph, params EvaluatorTask[] tasks)
    {
        ModelProto model = new() { IrVersion = 7, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = string.Empty, Version = 13 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 3 });
        string path = Path.Combine(_folder, "tagger.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        return new EvaluatorOptions
        {
            GraphPath = path,
            Tasks = tasks,
            OpenBatches = name => _batches[name](),
            PrivateTensors = ["head"],
            Scores = _scores,
            BatchSize = 3,
            Threads = 1,
            Device = "cpu",
        };
    }
}
