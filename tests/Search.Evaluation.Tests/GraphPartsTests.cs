using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

internal sealed class GraphPartsTests
{
    [Test]
    public void HeadInputs_OfAnMlp_AreTheValueBeforeTheHeadAndTheHead()
    {
        FedGraph fed = Fed(new Mlp().Build());

        (string[] rows, string[] weights) = new GraphCut(fed.Model.Graph, fed.Binding, ["x", "id"]).HeadInputs(["logits"]);

        Assert.That(rows, Is.EqualTo(new[] { "activated" }));
        Assert.That(weights, Is.EquivalentTo(Mlp.HeadNames));
    }

    [Test]
    public void Extract_BodyAndHead_ShareOutTheGraph()
    {
        FedGraph fed = Fed(new Mlp().Build());

        GraphProto body = GraphParts.Extract(fed.Model, [], ["activated"]).Graph;
        GraphProto head = GraphParts.Extract(fed.Model, [Mlp.Value("activated", OrtElementType.Float, null, Mlp.Hidden)], ["logits"]).Graph;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(body.Input.Select(input => input.Name), Is.EquivalentTo(new[] { "x", "id", "b1", "embedding", "w1" }));
            Assert.That(body.Initializer.Select(tensor => tensor.Name), Is.EqualTo(new[] { "scale" }));
            Assert.That(body.Output.Select(output => output.Name), Is.EqualTo(new[] { "activated" }));
            Assert.That(head.Input.Select(input => input.Name), Is.EquivalentTo(new[] { "activated", "head.weight", "head.bias" }));
            Assert.That(head.Initializer, Is.Empty);
            Assert.That(head.Node.Select(node => node.OpType), Is.EqualTo(new[] { "Gemm" }));
            Assert.That(body.Node.Select(node => node.OpType), Is.EqualTo(new[] { "Mul", "MatMul", "Add", "Gather", "Add", "Relu" }), "in the graph's order, without what nobody reads");
            Assert.That(fed.Model.Graph.Node, Has.Count.EqualTo(8), "the whole is left as it is");
        }
    }

    // A condition's branches read values of the graph around them without naming them as inputs.
    [Test]
    public void HeadInputs_InnerGraphReadsATasksTensor_BelongsToTheHead()
    {
        FedGraph fed = Fed(WithBranches());

        (string[] rows, string[] weights) = new GraphCut(fed.Model.Graph, fed.Binding, ["x", "id"]).HeadInputs(["logits"]);
        GraphProto head = GraphParts.Extract(fed.Model, [Mlp.Value("activated", OrtElementType.Float, null, Mlp.Hidden)], ["logits"]).Graph;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(rows, Is.EqualTo(new[] { "activated" }));
            Assert.That(weights, Is.EquivalentTo(Mlp.HeadNames));
            Assert.That(head.Node.Select(node => node.OpType), Is.EqualTo(new[] { "If" }));
            Assert.That(head.Initializer.Select(tensor => tensor.Name), Is.EqualTo(new[] { "always" }));
            Assert.That(head.Input.Select(input => input.Name), Is.EquivalentTo(new[] { "activated", "head.weight", "head.bias" }));
        }
    }

    // The head as both branches of a condition.
    internal static ModelProto WithBranches()
    {
        ModelProto model = new Mlp().Build();
        NodeProto gemm = model.Graph.Node.Single(node => node.OpType == "Gemm");
        AttributeProto Branch(string name)
        {
            NodeProto inner = gemm.Clone();
            inner.Output[0] = $"{name} logits";
            return new AttributeProto { Name = name, Type = 5, G = new GraphProto { Name = name, Node = { inner }, Output = { Mlp.Value($"{name} logits", OrtElementType.Float, null, null) } } };
        }

        NodeProto condition = new() { OpType = "If", Name = "choose", Input = { "always" }, Output = { "logits" }, Attribute = { Branch("then_branch"), Branch("else_branch") } };
        model.Graph.Node[model.Graph.Node.IndexOf(gemm)] = condition;
        model.Graph.Initializer.Add(new TensorProto { Name = "always", DataType = OnnxTensorType.Bool, Int32Data = { 1 } });
        return model;
    }

    private static FedGraph Fed(ModelProto model)
    {
        OnnxGraph graph = new("g.onnx", model);
        PrivateTensor[] heads = [new("head.weight", [[4, 4], [4, 4]]), new("head.bias", [[4], [4]])];
        return GraphRewriter.Rewrite(graph, GraphBinder.Bind(graph, Mlp.Layout.Tensors, heads, new WeightSources(), OrtElementType.Float));
    }
}
