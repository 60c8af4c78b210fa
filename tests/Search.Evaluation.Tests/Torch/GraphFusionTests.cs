using Search.Checkpoints.Onnx;
using Search.Evaluation.Torch;
using Search.Evaluation.Torch.Operators;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>Spellings of patterns that the exported graphs do not show, and graphs that only look like one.</summary>
internal sealed class GraphFusionTests
{
    private readonly List<OnnxNode> _nodes = [];
    private readonly Dictionary<string, TorchTensor> _constants = [];
    private readonly Dictionary<string, TorchTensor> _inputs = [];

    [SetUp]
    public void RequireTorch()
    {
        TorchInstallation.Require();
        Input("x", 2, 3, 4, 8);
    }

    [TestCase("Pow", 17)]
    [TestCase("Mul", 17)]
    [TestCase("Pow", 18)]
    public void LayerNorm_AnySquareAndAxes_IsOneNode(string square, long opset)
    {
        Normalized(square, opset, -1);
        Input("w", 8);
        Input("b", 8);
        Node("Mul", "scaled", "normal", "w");
        Node("Add", "y", "b", "scaled");

        Assert.That(Fuse(), Is.EqualTo(new[] { "LayerNorm" }));
    }

    [Test]
    public void LayerNorm_OverTwoAxesWithoutScale_IsOneNode()
    {
        Normalized("Pow", 17, -1, 2);
        Node("Identity", "y", "normal");

        Assert.That(Fuse(), Is.EqualTo(new[] { "LayerNorm", "Identity" }));
    }

    [Test]
    public void LayerNorm_OverAnotherAxis_StaysSpelledOut()
    {
        Normalized("Pow", 17, 1);
        Node("Identity", "y", "normal");

        Assert.That(Fuse(), Has.None.EqualTo("LayerNorm"));
    }

    [TestCase("Reciprocal")]
    [TestCase("Div")]
    public void RmsNorm_InverseOfTheRoot_IsOneNode(string inverse)
    {
        Squares("Mul", 17, "x", -1);
        Number("one", 1);
        Node(inverse, "inverse", inverse == "Div" ? ["one", "root"] : ["root"]);
        Node("Mul", "normal", "inverse", "x");
        Input("w", 8);
        Node("Mul", "y", "w", "normal");

        Assert.That(Fuse(), Is.EqualTo(new[] { "RmsNorm" }));
    }

    [TestCase(0.5, 1, true)]
    [TestCase(0.5, 2, false)]
    [TestCase(0.6, 1, false)]
    public void Gelu_OnlyItsOwnNumbers_IsOneNode(double half, double one, bool fused)
    {
        Number("root", Math.Sqrt(2));
        Number("one", one);
        Number("half", half);
        Node("Div", "ratio", "x", "root");
        Node("Erf", "erf", "ratio");
        Node("Add", "sum", "one", "erf");
        Node("Mul", "halved", "half", "sum");
        Node("Mul", "y", "x", "halved");

        Assert.That(Fuse(), fused ? Is.EqualTo(new[] { "Gelu" }) : Has.None.EqualTo("Gelu"));
    }

    [Test]
    public void Attention_QueryAndKeyScaledByTheRoot_IsOneNode()
    {
        Number("root", Math.Pow(8, -0.25));
        QueryKeyValue();
        Node("Mul", "q2", "x", "root");
        Node("Mul", "k2", "k", "root");
        Node("MatMul", "scores", "q2", "k2");
        SoftmaxAndProduct("scores");

        Assert.That(Fuse(), Is.EqualTo(new[] { "Attention" }));
    }

    [TestCase("scores", "mask")]
    [TestCase("mask", "scores")]
    public void Attention_MaskOnEitherSide_IsOneNode(string left, string right)
    {
        QueryKeyValue();
        Input("mask", 2, 1, 1, 4);
        Node("MatMul", "scores", "x", "k");
        Node("Add", "masked", left, right);
        SoftmaxAndProduct("masked");

        Assert.That(Fuse(), Is.EqualTo(new[] { "Attention" }));
    }

    // The first query sees nothing: then what the fill is matters.
    [TestCase(true, double.MinValue)]
    [TestCase(false, -1e38)]
    [TestCase(true, -10000)]
    [TestCase(false, -10000)]
    public void Attention_Condition_IsOneNode(bool hides, double fill)
    {
        QueryKeyValue();
        Number("fill", Math.Max(fill, float.MinValue));
        _constants["condition"] = TorchTensor.Wrap<bool>(Enumerable.Range(0, 16).Select(i => (i / 4 == 0 || i % 4 > i / 4) == hides).ToArray(), [1, 1, 4, 4]);
        Node("MatMul", "scores", "x", "k");
        Node("Where", "masked", hides ? ["condition", "fill", "scores"] : ["condition", "scores", "fill"]);
        SoftmaxAndProduct("masked");

        Assert.That(Fuse(), Is.EqualTo(new[] { "Attention" }));
    }

    [Test]
    public void Attention_MaskOfMoreExamples_StaysSpelledOut()
    {
        Input("x", 1, 3, 4, 8);
        Input("k", 1, 3, 8, 4);
        Input("v", 1, 3, 4, 8);
        Input("mask", 2, 1, 1, 4);
        Node("MatMul", "scores", "x", "k");
        Node("Add", "masked", "scores", "mask");
        SoftmaxAndProduct("masked");

        Assert.That(Fuse(), Has.None.EqualTo("Attention"));
    }

    [Test]
    public void Attention_SoftmaxOverQueries_StaysSpelledOut()
    {
        QueryKeyValue();
        Node("MatMul", "scores", "x", "k");
        SoftmaxAndProduct("scores", axis: 2);

        Assert.That(Fuse(), Has.None.EqualTo("Attention"));
    }

    [Test]
    public void Attention_SharesAreWanted_AreStillMade()
    {
        QueryKeyValue();
        Node("MatMul", "scores", "x", "k");
        SoftmaxAndProduct("scores");

        Assert.That(Fuse("shares"), Is.EqualTo(new[] { "MatMul", "Softmax", "Attention" }));
    }

    [Test]
    public void Silu_GateOfAnotherValue_StaysSpelledOut()
    {
        Input("other", 2, 3, 4, 8);
        Node("Sigmoid", "gate", "other");
        Node("Mul", "y", "x", "gate");

        Assert.That(Fuse(), Is.EqualTo(new[] { "Sigmoid", "Mul" }));
    }

    [TestCase("Linear", 8)]
    [TestCase("Add", 1)]
    public void Linear_OnlyABiasOfEveryColumn_IsOneNode(string last, long columns)
    {
        Input("w", 8, 8);
        Input("b", columns);
        Node("MatMul", "product", "x", "w");
        Node("Add", "y", "product", "b");

        Assert.That(Fuse()[^1], Is.EqualTo(last));
    }

    // Runs both ways, compares, and says which nodes the fused plan has.
    private string[] Fuse(params string[] alsoWanted)
    {
        string[] outputs = ["y", .. alsoWanted];
        using var fused = new TorchGraph(_nodes, _constants, [.. _inputs.Keys], outputs, "cpu");
        using var spelled = new TorchGraph(_nodes, _constants, [.. _inputs.Keys], outputs, "cpu", fuse: false);
        TorchTensor[] actual = fused.Run([.. _inputs.Values]);
        TorchTensor[] expected = spelled.Run([.. _inputs.Values]);
        for (int i = 0; i < outputs.Length; i++)
        {
            Assert.That(actual[i].Shape, Is.EqualTo(expected[i].Shape));
            Assert.That(TorchData.Doubles(actual[i]), Is.EqualTo(TorchData.Doubles(expected[i])).Within(1e-5), outputs[i]);
        }

        foreach (TorchTensor tensor in actual.Concat(expected).Concat(_inputs.Values).Concat(_constants.Values))
        {
            tensor.Dispose();
        }

        return [.. fused.Planned.Select(node => node.Type)];
    }

    private void Input(string name, params long[] shape) =>
        _inputs[name] = TorchTensor.Wrap<float>(Mlp.Numbers((int)shape.Aggregate((a, b) => a * b), name.Length + name[0]), shape);

    private void Number(string name, double value) => _constants[name] = TorchTensor.Wrap<float>(new[] { (float)value }, []);

    private OnnxNode Node(string type, string output, params string[] inputs)
    {
        OnnxNode node = new("model.onnx", output, type, "", 17, inputs, [output]);
        _nodes.Add(node);
        return node;
    }

    private void Mean(string output, string input, long opset, long[] axes)
    {
        if (opset < 18)
        {
            NodeProto proto = new() { OpType = "ReduceMean", Name = output, Input = { input }, Output = { output } };
            proto.Attribute.Add(new AttributeProto { Name = "axes", Ints = { axes } });
            _nodes.Add(new OnnxNode(proto, "model.onnx", opset));
            return;
        }

        _constants[$"axes of {output}"] = TorchData.Of(axes);
        _nodes.Add(new OnnxNode("model.onnx", output, "ReduceMean", "", opset, [input, $"axes of {output}"], [output]));
    }

    // normal = (x − mean) / root
    private void Normalized(string square, long opset, params long[] axes)
    {
        Mean("mean", "x", opset, axes);
        Node("Sub", "centred", "x", "mean");
        Squares(square, opset, "centred", axes);
        Node("Div", "normal", "centred", "root");
    }

    // root = sqrt(mean(value²) + ε)
    private void Squares(string square, long opset, string value, params long[] axes)
    {
        Number("two", 2);
        Number("epsilon", 1e-5);
        Node(square, "squares", value, square == "Pow" ? "two" : value);
        Mean("variance", "squares", opset, axes);
        Node("Add", "spread", "variance", "epsilon");
        Node("Sqrt", "root", "spread");
    }

    private void QueryKeyValue()
    {
        Input("k", 2, 3, 8, 4);
        Input("v", 2, 3, 4, 8);
    }

    private void SoftmaxAndProduct(string scores, long axis = -1)
    {
        Node("Softmax", "shares", scores).With("axis", axis);
        Node("MatMul", "y", "shares", "v");
    }
}
