using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

internal sealed class GraphRewriterTests
{
    private static readonly PrivateTensor[] Heads = HeadShapes(4, 4);

    [Test]
    public void Rewrite_Initializers_BecomeInputs()
    {
        FedGraph fed = Rewrite(new Mlp().Build(), Heads);

        ModelProto model = fed.Model;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.Graph.Initializer.Select(tensor => tensor.Name), Is.EqualTo(new[] { "scale" }));
            Assert.That(
                model.Graph.Input.Select(input => input.Name),
                Is.EquivalentTo(new[] { "x", "id", "b1", "embedding", "w1", "head.weight", "head.bias" }));
            Assert.That(
                model.Graph.Input.Single(input => input.Name == "w1").Type.TensorType.Shape.Dim.Select(dimension => dimension.DimValue),
                Is.EqualTo(new[] { 3L, 4L }));
            Assert.That(fed.DataInputs.Select(input => input.Name), Is.EqualTo(new[] { "x", "id" }));
            Assert.That(fed.DataInputs[0].ShapeText, Is.EqualTo("[?, 3]"));
            Assert.That(fed.Output, Is.EqualTo("logits"));
            Assert.That(fed.Constants, Is.EqualTo(new[] { "scale" }));
        }
    }

    [Test]
    public void Rewrite_EverythingElse_StaysAsItIs()
    {
        ModelProto original = new Mlp().Build();
        ModelProto before = original.Clone();

        ModelProto model = Rewrite(original, Heads).Model;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(original, Is.EqualTo(before), "the caller's model");
            Assert.That(model.IrVersion, Is.EqualTo(7));
            Assert.That(model.OpsetImport.Single().Version, Is.EqualTo(13));
            Assert.That(model.Graph.Node, Is.EqualTo(original.Graph.Node));
            Assert.That(model.Graph.Output, Is.EqualTo(original.Graph.Output));
            Assert.That(model.Graph.ValueInfo, Is.EqualTo(original.Graph.ValueInfo));
        }
    }

    [Test]
    public void Rewrite_WeightsAlreadyInputs_GivesTheSameInputs()
    {
        FedGraph fed = Rewrite(new Mlp { WeightsAsInputs = true }.Build(), Heads);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fed.DataInputs.Select(input => input.Name), Is.EqualTo(new[] { "x", "id" }));
            Assert.That(fed.Binding.All.Select(binding => binding.Input), Is.EquivalentTo(new[] { "b1", "embedding", "w1", "head.weight", "head.bias" }));
        }
    }

    [Test]
    public void Rewrite_InitializerIsDeclaredAsInputToo_StaysOneInput()
    {
        ModelProto model = new Mlp().Build();
        model.Graph.Input.Add(Mlp.Value("w1", OrtElementType.Float, 3, 4));

        ModelProto fed = Rewrite(model, Heads).Model;

        Assert.That(fed.Graph.Input.Count(input => input.Name == "w1"), Is.EqualTo(1));
    }

    [Test]
    public void Rewrite_TasksHaveHeadsOfDifferentSizes_FreesTheClassDimensions()
    {
        ModelProto model = Rewrite(new Mlp().Build(), HeadShapes(4, 7)).Model;

        TensorShapeProto head = model.Graph.Input.Single(input => input.Name == "head.weight").Type.TensorType.Shape;
        TensorShapeProto logits = model.Graph.Output.Single(output => output.Name == "logits").Type.TensorType.Shape;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(head.Dim[0].ValueCase, Is.EqualTo(TensorShapeProto.Types.Dimension.ValueOneofCase.None));
            Assert.That(head.Dim[1].DimValue, Is.EqualTo(4));
            Assert.That(logits.Dim[0].DimParam, Is.EqualTo("n"));
            Assert.That(logits.Dim[1].ValueCase, Is.EqualTo(TensorShapeProto.Types.Dimension.ValueOneofCase.None));
            Assert.That(model.Graph.ValueInfo, Is.Empty);
        }
    }

    [Test]
    public void Rewrite_TasksAgreeOnAnotherSizeThanTheGraph_FreesTheClassDimensionsToo()
    {
        ModelProto model = Rewrite(new Mlp().Build(), HeadShapes(7, 7)).Model;

        Assert.That(model.Graph.ValueInfo, Is.Empty);
    }

    [Test]
    public void Rewrite_WeightsDoNotFit_ListsThemAllWithShapesAndTheNearestName()
    {
        WeightSlot[] slots = [new("w1", [4, 3]), new("embeding", [5, 4]), new("b1", [4]), new("qqqqqqqqqqqqqqqq", [])];

        SearchException? error = Assert.Throws<SearchException>(() => GraphBinder.Bind(new OnnxGraph("g.onnx", new Mlp().Build()), slots, [], new WeightSources(), OrtElementType.Float, OrtElementType.Float16));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Message, Does.StartWith("g.onnx: 3 of the checkpoints' tensors do not fit the graph:"));
            Assert.That(error.Message, Does.Contain("'w1' [4, 3]: the graph's tensor has the shape [3, 4]"));
            Assert.That(error.Message, Does.Contain("'embeding' [5, 4]: the graph has no tensor of this name (did you mean 'embedding'?)"));
            Assert.That(error.Message, Does.Contain("'qqqqqqqqqqqqqqqq' []: the graph has no tensor of this name").And.Not.Contain("'b1'"));
        }
    }

    [TestCase(OrtElementType.Double, "float64")]
    [TestCase(OrtElementType.BFloat16, "bfloat16")]
    [TestCase(OrtElementType.Int64, "int64")]
    public void Rewrite_WeightOfAnotherType_Throws(OrtElementType type, string name)
    {
        ModelProto model = new Mlp { WeightType = type }.Build();

        Assert.That(
            () => Rewrite(model, Heads),
            Throws.TypeOf<SearchException>().With.Message.Contains($"the graph's tensor holds {name}; only float32 and float16 weights can be fed"));
    }

    [Test]
    public void Load_NoOnnxFile_Throws()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "this is not a protobuf");
            Assert.That(() => OnnxGraph.Load(file), Throws.InstanceOf<SearchException>().With.Message.Contains(file));
            File.WriteAllText(file, string.Empty);
            Assert.That(() => OnnxGraph.Load(file), Throws.InstanceOf<SearchException>().With.Message.Contains("no ONNX graph"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public void Load_FileIsMissing_Throws() =>
        Assert.That(() => OnnxGraph.Load("/nowhere/g.onnx"), Throws.TypeOf<SearchException>().With.Message.StartsWith("/nowhere/g.onnx: "));

    [Test]
    public void Constructor_TwoInitializersOfOneName_Throws()
    {
        ModelProto model = new Mlp().Build();
        model.Graph.Initializer.Add(model.Graph.Initializer[1]);

        Assert.That(() => new OnnxGraph("g.onnx", model), Throws.InstanceOf<SearchException>().With.Message.Contains(model.Graph.Initializer[1].Name));
    }

    private static FedGraph Rewrite(ModelProto model, PrivateTensor[] privates)
    {
        OnnxGraph graph = new("g.onnx", model);
        return GraphRewriter.Rewrite(graph, GraphBinder.Bind(graph, Mlp.Layout.Tensors, privates, new WeightSources(), OrtElementType.Float, OrtElementType.Float16));
    }

    private static PrivateTensor[] HeadShapes(params long[] classes) =>
        [new("head.weight", [.. classes.Select(count => new[] { count, 4 })]), new("head.bias", [.. classes.Select(count => new[] { count })])];
}
