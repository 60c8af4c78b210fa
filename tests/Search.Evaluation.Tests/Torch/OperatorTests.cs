using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Evaluation.Torch;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>Numbers worked out by hand for what Debian's ONNX data has no cases of: operators and forms of opset 18 and later, and old ones.</summary>
internal sealed class OperatorTests
{
    private static readonly long[] Pair = [1, 1, 2, 1];

    [SetUp]
    public void RequireTorch() => TorchInstallation.Require();

    [TestCase("none", new[] { -0.15865526f, 0, 0.84134474f, 1.9544997f })]
    [TestCase("tanh", new[] { -0.15880801f, 0, 0.841192f, 1.9545977f })]
    public void Gelu_EitherForm_GivesItsValues(string form, float[] expected) =>
        Assert.That(Floats(Run("Gelu", 20, [Text("approximate", form)], Vector(-1, 0, 1, 2))), Is.EqualTo(expected).Within(1e-5f));

    [TestCase("Mish", 18, new[] { -0.30340147f, 0.86509836f })]
    [TestCase("Swish", 24, new[] { -0.26894143f, 0.7310586f })]
    public void Activation_OfOne_GivesItsValues(string type, long opset, float[] expected) =>
        Assert.That(Floats(Run(type, opset, [], Vector(-1, 1))), Is.EqualTo(expected).Within(1e-6f));

    [Test]
    public void HardSigmoid_OneSixth_EqualsTheSpeltOutForm() => Assert.That(
        Floats(Run("HardSigmoid", 6, [Float("alpha", 1f / 6)], Vector(-4, -1.5f, 0, 1, 4))),
        Is.EqualTo(new[] { 0, 0.25f, 0.5f, 0.6666667f, 1 }).Within(1e-6f));

    [TestCase("BitwiseAnd", 2)]
    [TestCase("BitwiseOr", 7)]
    [TestCase("BitwiseXor", 5)]
    public void Bitwise_SixAndThree_CombinesBits(string type, long expected) =>
        Assert.That(Ints(Run(type, 18, [], Whole(6), Whole(3))), Is.EqualTo(new[] { expected }));

    [Test]
    public void BitwiseNot_Six_InvertsBits() => Assert.That(Ints(Run("BitwiseNot", 18, [], Whole(6))), Is.EqualTo(new[] { -7L }));

    [TestCase("Div", 0, -3)]
    [TestCase("Mod", 0, 1)]
    [TestCase("Mod", 1, -1)]
    public void Division_OfNegativeInteger_RoundsAsOnnxSays(string type, long fmod, long expected) =>
        Assert.That(Ints(Run(type, 13, type == "Mod" ? [Int("fmod", fmod)] : [], Whole(-7), Whole(2))), Is.EqualTo(new[] { expected }));

    [Test]
    public void Mod_FloatsWithoutFmod_IsRefusedWithNodeAndReason() => Assert.That(
        () => Run("Mod", 13, [], Vector(1), Vector(1)),
        Throws.TypeOf<SearchException>().With.Message.EqualTo("model.onnx: node 'y0' (Mod, opset 13): floating-point numbers need fmod = 1."));

    [Test]
    public void Softmax_BeforeAndFromOpset13_RunsOverTheRestOrOneAxis()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Floats(Run("Softmax", 12, [Int("axis", 1)], Zeros(1, 2, 2))), Is.All.EqualTo(0.25f));
            Assert.That(Floats(Run("Softmax", 13, [Int("axis", 1)], Zeros(1, 2, 2))), Is.All.EqualTo(0.5f));
        }
    }

    [TestCase(18, new[] { 2f, 3f }, new[] { -2f, 2, -3, 3 })]
    [TestCase(21, new[] { 1f, 2, 3, 4 }, new[] { -1f, 2, -3, 4 })]
    public void GroupNormalization_TwoGroups_ScalesGroupsOrChannels(long opset, float[] scale, float[] expected) => Assert.That(
        Floats(Run("GroupNormalization", opset, [Int("num_groups", 2)], Shaped([1, 3, 2, 6], 1, 4, 1), Vector(scale), Zeros(scale.Length))),
        Is.EqualTo(expected).Within(1e-4f));

    [Test]
    public void RMSNormalization_ThreeAndFour_DividesByTheirRootMeanSquare() =>
        Assert.That(Floats(Run("RMSNormalization", 23, [], Vector(3, 4), Vector(1, 2))), Is.EqualTo(new[] { 0.8485281f, 2.2627417f }).Within(1e-5f));

    [TestCase(1, new[] { 0.42857143f, -0.5714286f })]
    [TestCase(2, new[] { 0.6f, -0.8f })]
    public void LpNormalization_EitherNorm_DividesByIt(long p, float[] expected) =>
        Assert.That(Floats(Run("LpNormalization", 11, [Int("p", p)], Vector(3, -4))), Is.EqualTo(expected).Within(1e-6f));

    [Test]
    public void Split_UnevenNumberOfOutputs_MakesTheLastSmaller()
    {
        TorchTensor[] parts = Run("Split", 18, [Int("num_outputs", 2)], outputs: 2, Vector(1, 2, 3, 4, 5));
        Assert.That(parts.Select(part => part.Sizes[0]), Is.EqualTo(new[] { 3, 2 }));
    }

    [Test]
    public void ReduceMean_AxesAsInput_ReducesThem() =>
        Assert.That(Floats(Run("ReduceMean", 18, [Int("keepdims", 0)], Shaped([1, 2, 3, 6], 2, 2), Whole(0))), Is.EqualTo(new[] { 2f, 4 }));

    [Test]
    public void ReduceMax_NoAxesAndNoop_LeavesAll() =>
        Assert.That(Floats(Run("ReduceMax", 18, [Int("noop_with_empty_axes", 1)], Vector(1, 2))), Is.EqualTo(new[] { 1f, 2 }));

    [Test]
    public void Pad_AxesAsInput_PadsOnlyThem() => Assert.That(
        Run("Pad", 18, [], Zeros(2, 3), Whole(1, 2), Vector(0), Whole(-1))[0].Shape,
        Is.EqualTo(new[] { 2, 6 }));

    [Test]
    public void TopK_EqualElements_TakesTheFirst() =>
        Assert.That(Ints(Run("TopK", 11, [], outputs: 2, Vector(1, 1, 1, 1), Whole(2))[1..]), Is.EqualTo(new[] { 0, 1 }));

    // Weights of 1/4 and 3/4, and of 1 where the second key is later than the query.
    [TestCase(0, new[] { 3f, 3 })]
    [TestCase(1, new[] { 0f, 3 })]
    public void Attention_TwoKeys_MixesTheirValues(long causal, float[] expected) => Assert.That(
        Floats(Run("Attention", 23, [Int("is_causal", causal)], Shaped([1, 1], Pair), Shaped([0, MathF.Log(3)], Pair), Shaped([0, 4], Pair))),
        Is.EqualTo(expected).Within(1e-5f));

    [TestCase(0, new[] { -3f, -4, 1, 2 })]
    [TestCase(1, new[] { -2f, 1, -4, 3 })]
    public void RotaryEmbedding_QuarterTurn_SwapsPairs(long interleaved, float[] expected) => Assert.That(
        Floats(Run("RotaryEmbedding", 23, [Int("interleaved", interleaved)], Shaped([1, 2, 3, 4], 1, 1, 1, 4), Zeros(1, 1, 2), Shaped([1, 1], 1, 1, 2))),
        Is.EqualTo(expected));

    private static TorchTensor Vector(params float[] values) => Shaped(values, values.Length);

    private static TorchTensor Zeros(params long[] shape) => Shaped(new float[shape.Aggregate((a, b) => a * b)], shape);

    private static TorchTensor Shaped(float[] values, params long[] shape) => TorchTensor.Wrap<float>(values, shape);

    private static TorchTensor Whole(params long[] values) => TorchData.Of(values);

    private static AttributeProto Int(string name, long value) => new() { Name = name, I = value };

    private static AttributeProto Float(string name, float value) => new() { Name = name, F = value };

    private static AttributeProto Text(string name, string value) => new() { Name = name, S = ByteString.CopyFromUtf8(value) };

    private static double[] Floats(TorchTensor[] tensors) => TorchData.Doubles(tensors[0]);

    private static long[] Ints(TorchTensor[] tensors) => TorchData.Ints(tensors[0]);

    private static TorchTensor[] Run(string type, long opset, AttributeProto[] attributes, params TorchTensor[] inputs) => Run(type, opset, attributes, 1, inputs);

    private static TorchTensor[] Run(string type, long opset, AttributeProto[] attributes, int outputs, params TorchTensor[] inputs)
    {
        var proto = new NodeProto { OpType = type };
        proto.Input.Add(inputs.Select((_, i) => $"x{i}"));
        proto.Output.Add(Enumerable.Range(0, outputs).Select(i => $"y{i}"));
        proto.Attribute.Add(attributes);
        var node = new OnnxNode(proto, "model.onnx", opset);
        int[] numbers = KernelList.Find("", type)!.HostInputs;
        Dictionary<string, TorchTensor> constants = numbers.Where(i => i < inputs.Length).ToDictionary(i => $"x{i}", i => inputs[i]);
        (string Name, TorchTensor Value)[] given = [.. inputs.Select((input, i) => ($"x{i}", input)).Where((_, i) => !numbers.Contains(i))];
        using var graph = new TorchGraph([node], constants, [.. given.Select(input => input.Name)], [.. proto.Output], "cpu");
        TorchTensor[] results = graph.Run([.. given.Select(input => input.Value)]);

        // Results may share the inputs' elements, which live as long as the inputs.
        TorchTensor[] copies = [.. results.Select(result => TorchLibrary.Call("clone", result))];
        Array.ForEach([.. inputs, .. results], tensor => tensor.Dispose());
        return copies;
    }
}
