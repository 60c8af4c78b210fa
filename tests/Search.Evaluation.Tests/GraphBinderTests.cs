using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

internal sealed class GraphBinderTests
{
    // As linear layers keep them: output × input.
    private static readonly float[] Weight = Mlp.Numbers(12, 1);
    private static readonly float[] Turned = GraphEdits.Turned(Weight, 4, 3);
    private static readonly float[] Square = Mlp.Numbers(9, 2);
    private static readonly float[] Symmetric = [1, 2, 3, 2, 4, 5, 3, 5, 6];

    [Test]
    public void Bind_NamesOnly_ReadsNothing()
    {
        MemoryCheckpoint model = new MemoryCheckpoint().With("w", Weight, 4, 3);

        GraphBinding binding = Bind(GraphEdits.Of(Float("w", Weight, 4, 3), Float("constant", [1, 2], 2)), model, []);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Places(binding), Is.EqualTo(new[] { "w = w by Name" }));
            Assert.That(binding.Summary, Is.Null);
            Assert.That(model.Reads, Is.Zero);
        }
    }

    [Test]
    public void Bind_RenamedTensors_AreFoundByTheirValuesInEitherOrientation()
    {
        MemoryCheckpoint model = new MemoryCheckpoint().With("w", Weight, 4, 3).With("square", Square, 3, 3).With("v", Mlp.Numbers(3, 5), 3).With("b", Mlp.Numbers(3, 4), 3);

        GraphBinding binding = Bind(
            GraphEdits.Of(
                Float("onnx::MatMul_1", Turned, 3, 4),
                Float("onnx::MatMul_2", GraphEdits.Turned(Square, 3, 3), 3, 3),
                Float("onnx::Mul_3", Mlp.Numbers(3, 5), 3),
                Float("other", Mlp.Numbers(12, 9), 3, 4),
                Float("b", Mlp.Numbers(3, 6), 3)),
            model,
            []);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Places(binding), Is.EqualTo(new[]
            {
                "b = b by Name", "square = onnx::MatMul_2 transposed by Content", "v = onnx::Mul_3 by Content", "w = onnx::MatMul_1 transposed by Content",
            }));
            Assert.That(binding.Merged[^1].Shape, Is.EqualTo(new long?[] { 3, 4 }));
            Assert.That(binding.Summary, Is.EqualTo("1 by name, 3 by content (2 transposed)"));
        }
    }

    [TestCase(OrtElementType.Float, TensorType.F16)]
    [TestCase(OrtElementType.Float, TensorType.BF16)]
    [TestCase(OrtElementType.Float16, TensorType.F32)]
    [TestCase(OrtElementType.Float16, TensorType.F16)]
    [TestCase(OrtElementType.Float16, TensorType.F64)]
    [TestCase(OrtElementType.BFloat16, TensorType.F32)]
    public void Bind_GraphOfAnotherType_MatchesTheRoundedValues(OrtElementType graph, TensorType stored)
    {
        float[] values = Rounded(Weight, stored);
        byte[] bytes = new byte[values.Length * TensorConversion.ByteSize(stored)];
        TensorConversion.FromFloat32(values, stored, bytes);

        GraphBinding binding = Bind(
            GraphEdits.Of(Tensor("onnx::MatMul_1", graph, GraphEdits.Turned(values, 4, 3), 3, 4)), new MemoryCheckpoint().With("w", stored, bytes, 4, 3), [], OrtElementType.Float, OrtElementType.Float16, OrtElementType.BFloat16);

        Assert.That(Places(binding), Is.EqualTo(new[] { "w = onnx::MatMul_1 transposed by Content" }));
        Assert.That(binding.Merged[0].Type, Is.EqualTo(graph));
    }

    [Test]
    public void Bind_ConstantNode_CountsAsInitializer()
    {
        ModelProto graph = GraphEdits.Of(Float("onnx::MatMul_1", Turned, 3, 4)).WithConstantNode("onnx::MatMul_1");

        Assert.That(Places(Bind(graph, new MemoryCheckpoint().With("w", Weight, 4, 3), [])), Is.EqualTo(new[] { "w = onnx::MatMul_1 transposed by Content" }));
    }

    [Test]
    public void Bind_SeveralPlacesHoldOneTensor_AreAllBound()
    {
        MemoryCheckpoint model = new MemoryCheckpoint().With("tied", Weight, 4, 3).With("v", Square, 3, 3);

        GraphBinding binding = Bind(
            GraphEdits.Of(Float("tied", Weight, 4, 3), Float("onnx::MatMul_1", Turned, 3, 4), Float("onnx::MatMul_2", Square, 3, 3), Float("onnx::MatMul_3", Square, 3, 3)), model, []);

        Assert.That(Places(binding), Is.EqualTo(new[]
        {
            "tied = tied by Name", "tied = onnx::MatMul_1 transposed by Content", "v = onnx::MatMul_2 by Content", "v = onnx::MatMul_3 by Content",
        }));
    }

    [Test]
    public void Bind_OnePlaceAndOneOfTwoEqualTensorsWithout_IsThatTensors()
    {
        MemoryCheckpoint model = new MemoryCheckpoint().With("embed", Weight, 4, 3).With("head", Weight, 4, 3);

        GraphBinding binding = Bind(GraphEdits.Of(Float("embed", Weight, 4, 3), Float("onnx::MatMul_1", Turned, 3, 4)), model, []);

        Assert.That(Places(binding), Is.EqualTo(new[] { "embed = embed by Name", "head = onnx::MatMul_1 transposed by Content" }));
    }

    [Test]
    public void Bind_Ambiguous_ListsTheCandidatesBesideTheMissing()
    {
        MemoryCheckpoint model = new MemoryCheckpoint()
            .With("a", Weight, 4, 3).With("b", Weight, 4, 3).With("symmetric", Symmetric, 3, 3).With("gone", Square, 3, 3).With("zero", new float[4], 4);

        string message = Refused(
            GraphEdits.Of(Float("onnx::MatMul_1", Turned, 3, 4), Float("onnx::MatMul_2", Turned, 3, 4), Float("onnx::MatMul_3", Symmetric, 3, 3), Float("gones", Weight, 4, 3), Float("zeros", new float[4], 4)), model, []);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(message, Does.StartWith("g.onnx: 5 of the checkpoints' tensors do not fit the graph:"));
            Assert.That(message, Does.Contain("'a' [4, 3] transposed and 'b' [4, 3] transposed: the values of each are those of the graph's 'onnx::MatMul_1' and 'onnx::MatMul_2'; say which is which with model.rename"));
            Assert.That(message, Does.Contain("'a' [4, 3] and 'b' [4, 3]: the values of each are those of the graph's 'gones'"));
            Assert.That(message, Does.Contain("'symmetric' [3, 3] and 'symmetric' [3, 3] transposed: the values of each are those of the graph's 'onnx::MatMul_3'"));
            Assert.That(message, Does.Contain("'gone' [3, 3]: the graph has no tensor of this name (did you mean 'gones'?)"));
            Assert.That(message, Does.Contain("'zero' [4]: the graph has no tensor of this name (did you mean 'zeros'?); its values, one number throughout, prove nothing, so model.rename must say"));
        }
    }

    [Test]
    public void Bind_ManyMissing_ListsTwenty()
    {
        MemoryCheckpoint model = Enumerable.Range(0, 25).Aggregate(new MemoryCheckpoint(), (file, i) => file.With($"w{i}", Mlp.Numbers(3, i), 3));

        string message = Refused(GraphEdits.Of(Float("x", [1, 2], 2)), model, []);

        Assert.That(message, Does.Contain("25 of the checkpoints' tensors").And.EndsWith("… and 5 more"));
        Assert.That(message.Split('\n'), Has.Length.EqualTo(22));
    }

    [Test]
    public void Bind_Rename_AppliesTheFirstMatchToNamesTheGraphLacks()
    {
        MemoryCheckpoint model = new MemoryCheckpoint()
            .With("model.a", Weight, 4, 3).With("model.same", Weight, 4, 3).With("fc.weight", Weight, 4, 3).With("fc.square", Symmetric, 3, 3).With("fc.other", Square, 3, 3);
        ModelProto graph = GraphEdits.Of(
            Float("a", Weight, 4, 3), Float("model.same", Weight, 4, 3), Float("same", Mlp.Numbers(12, 8), 4, 3), Float("onnx::weight", Turned, 3, 4), Float("onnx::square", Symmetric, 3, 3),
            Float("onnx::other", GraphEdits.Turned(Square, 3, 3), 3, 3));

        GraphBinding binding = Bind(graph, model, [new("^model\\.(.*)$", "$1"), new("^fc\\.square$", "onnx::square^T"), new("^(fc|model)\\.", "onnx::")]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Places(binding).Where(place => place.EndsWith("Rename", StringComparison.Ordinal)), Is.EqualTo(new[]
            {
                "fc.other = onnx::other transposed by Rename", // by its values
                "fc.square = onnx::square transposed by Rename", // because the replacement says so
                "fc.weight = onnx::weight transposed by Rename", // by its shape
                "model.a = a by Rename",
            }));
            Assert.That(Places(binding), Does.Contain("model.same = model.same by Name"));
            Assert.That(binding.Summary, Does.EndWith("4 by rename (3 transposed)"));
        }
    }

    [Test]
    public void Bind_RenameLeadsNowhere_IsSearchedByValuesAndNamedOtherwise()
    {
        MemoryCheckpoint model = new MemoryCheckpoint().With("m.w", Weight, 4, 3).With("m.v", Square, 3, 3).With("m.b", [1f, 2f, 3f], 3);

        string message = Refused(GraphEdits.Of(Float("onnx::MatMul_1", Turned, 3, 4), Float("b", [4, 5], 2)), model, [new("^m\\.", "")]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(message, Does.Contain("'m.v' [3, 3]: the graph has no tensor of this name, nor of 'v', to which it is renamed"));
            Assert.That(message, Does.Contain("'m.b' [3]: the graph's tensor 'b' has the shape [2]"));
            Assert.That(message, Does.Not.Contain("m.w"));
        }
    }

    [Test]
    public void Bind_RenameToATensorThatIsBound_IsRefused()
    {
        MemoryCheckpoint model = new MemoryCheckpoint().With("a", Weight, 4, 3).With("b", Square, 4, 3);

        Assert.That(Refused(GraphEdits.Of(Float("a", Weight, 4, 3)), model, [new("b", "a")]), Does.Contain("'b' [4, 3]: renamed to 'a', which is 'a' already"));
    }

    [Test]
    public void Bind_RenameTransposesWhatIsNoMatrix_IsRefused()
    {
        MemoryCheckpoint model = new MemoryCheckpoint().With("b", [1f, 2f], 2);

        Assert.That(Refused(GraphEdits.Of(Float("a", [1, 2], 2)), model, [new("b", "a^T")]), Does.Contain("'b' [2]: only matrices can be bound transposed"));
    }

    [Test]
    public void Bind_IdentityOfAnInitializer_IsATensorOfItsOwnName()
    {
        ModelProto graph = GraphEdits.Of(Float("norm1", [1, 1, 1], 3));
        NodeProto identity = new() { OpType = "Identity" };
        identity.Input.Add("norm1");
        identity.Output.Add("norm2");
        graph.Graph.Node.Add(identity);
        MemoryCheckpoint model = new MemoryCheckpoint().With("norm1", [1f, 1f, 1f], 3).With("norm2", [1f, 1f, 1f], 3);

        GraphBinding binding = Bind(graph, model, []);
        ModelProto fed = GraphRewriter.Rewrite(new OnnxGraph("g.onnx", graph), binding).Model;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Places(binding), Is.EqualTo(new[] { "norm1 = norm1 by Name", "norm2 = norm2 by Name" }));
            Assert.That(fed.Graph.Node, Is.Empty);
            Assert.That(fed.Graph.Input.Select(input => input.Name), Is.EqualTo(new[] { "norm1", "norm2" }));
        }
    }

    [Test]
    public void Bind_StrippedGraph_NeedsNamesAndSaysWhichTensorLacksOne()
    {
        MemoryCheckpoint model = new MemoryCheckpoint().With("w", Weight, 4, 3).With("m.v", Square, 3, 3);
        ModelProto graph = GraphEdits.Of(Float("w", Weight, 4, 3), Float("v", Square, 3, 3)).WithExternalData("/nowhere/g.bin", write: false);

        GraphBinding binding = Bind(graph, model, [new("^m\\.", "")]);
        string message = Refused(graph, model, []);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Places(binding), Is.EqualTo(new[] { "m.v = v by Rename", "w = w by Name" }));
            Assert.That(message, Does.Contain("'v' [3, 3] of the graph: no checkpoint tensor is bound to it by name, and its own values cannot be read: g.onnx, tensor 'v': the external data file 'g.bin' is not there."));
            Assert.That(message, Does.Contain("'m.v' [3, 3]: the graph has no tensor of this name"));
        }
    }

    [Test]
    public void Bind_PrivateTensor_IsFoundInTheBaseOrElseInAnExpert([Values] bool inBase)
    {
        MemoryCheckpoint expert = new MemoryCheckpoint("expert").With("head", Weight, 4, 3);
        MemoryCheckpoint other = new MemoryCheckpoint("other").With("head", Mlp.Numbers(21, 7), 7, 3);
        WeightSources sources = new() { Base = inBase ? expert : new MemoryCheckpoint(), Experts = inBase ? [] : [other, expert] };

        GraphBinding binding = GraphBinder.Bind(
            new OnnxGraph("g.onnx", GraphEdits.Of(Float("onnx::MatMul_1", Turned, 3, 4))), [], [new PrivateTensor("head", [[7, 3], [4, 3]])], sources, OrtElementType.Float);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Places(binding), Is.EqualTo(new[] { "head = onnx::MatMul_1 transposed by Content" }));
            Assert.That(binding.Private.Single().Shape, Is.EqualTo(new long?[] { 3, null }));
        }
    }

    [Test]
    public void Bind_PrivateTensorOfOtherSizes_IsRenamedInTheOrientationThatAgreesMore()
    {
        GraphBinding binding = GraphBinder.Bind(
            new OnnxGraph("g.onnx", GraphEdits.Of(Float("onnx::MatMul_1", Turned, 3, 4))), [], [new PrivateTensor("head", [[7, 3], [9, 3]])], new WeightSources { Rename = [new("head", "onnx::MatMul_1")] }, OrtElementType.Float);

        Assert.That(Places(binding), Is.EqualTo(new[] { "head = onnx::MatMul_1 transposed by Rename" }));
    }

    private static string[] Places(GraphBinding binding) =>
        [.. binding.All.Select(place => $"{place.Tensor} = {place.Input}{(place.Transposed ? " transposed" : "")} by {place.Rule}")];

    private static GraphBinding Bind(ModelProto graph, MemoryCheckpoint model, KeyValuePair<string, string>[] rename, params OrtElementType[] types) => GraphBinder.Bind(
        new OnnxGraph("g.onnx", graph),
        [.. model.Tensors.Select(tensor => new WeightSlot(tensor.Name, tensor.Shape))],
        [],
        new WeightSources { Base = model, Rename = rename },
        types.Length > 0 ? types : [OrtElementType.Float, OrtElementType.Float16]);

    private static string Refused(ModelProto graph, MemoryCheckpoint model, KeyValuePair<string, string>[] rename) =>
        Assert.Throws<SearchException>(() => Bind(graph, model, rename))!.Message;

    private static TensorProto Float(string name, float[] values, params long[] shape) => Mlp.Tensor(name, OrtElementType.Float, values, shape);

    private static TensorProto Tensor(string name, OrtElementType type, float[] values, params long[] shape)
    {
        TensorProto tensor = Mlp.Tensor(name, type, values, shape);
        if (type == OrtElementType.BFloat16)
        {
            byte[] bytes = new byte[values.Length * 2];
            TensorConversion.FromFloat32(values, TensorType.BF16, bytes);
            tensor.RawData = Google.Protobuf.ByteString.CopyFrom(bytes);
        }

        return tensor;
    }

    private static float[] Rounded(float[] values, TensorType type)
    {
        byte[] bytes = new byte[values.Length * TensorConversion.ByteSize(type)];
        float[] rounded = new float[values.Length];
        TensorConversion.FromFloat32(values, type, bytes);
        TensorConversion.ToFloat32(bytes, type, rounded);
        return rounded;
    }
}
