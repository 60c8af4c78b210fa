using Search.Evaluation.Torch;

namespace Search.Evaluation.Tests.Torch;

internal sealed class KernelListTests
{
    [Test]
    public void RequireAll_KnownOperators_Passes() =>
        Assert.That(() => KernelList.RequireAll([Node("MatMul", ""), Node("Relu", "")], "model.onnx"), Throws.Nothing);

    [Test]
    public void RequireAll_UnknownOperators_NamesEveryNode()
    {
        OnnxNode[] nodes = [Node("NonMaxSuppression", ""), Node("Relu", ""), Node("Relu", "com.example")];

        Assert.That(
            () => KernelList.RequireAll(nodes, "model.onnx"),
            Throws.TypeOf<SearchException>().With.Message.EqualTo(
                "model.onnx: 2 nodes have operators that the torch engine lacks:\n"
                + "  node 'a NonMaxSuppression': operator ai.onnx.NonMaxSuppression, opset 17\n"
                + "  node 'a Relu': operator com.example.Relu, opset 17"));
    }

    [TestCase(20, false)]
    [TestCase(21, true)]
    public void RequireAll_ManyUnknownOperators_ListsTwenty(int count, bool more)
    {
        OnnxNode[] nodes = [.. Enumerable.Repeat(Node("NonMaxSuppression", ""), count)];

        string[] lines = Assert.Throws<SearchException>(() => KernelList.RequireAll(nodes, "model.onnx")).Message.Split('\n');

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[0], Is.EqualTo($"model.onnx: {count} nodes have operators that the torch engine lacks:"));
            Assert.That(lines.Count(line => line.Contains("NonMaxSuppression", StringComparison.Ordinal)), Is.EqualTo(20));
            Assert.That(lines[^1] == "  … and 1 more", Is.EqualTo(more));
        }
    }

    private static OnnxNode Node(string type, string domain) => new("model.onnx", $"a {type}", type, domain, 17, ["x"], ["y"]);
}
