using Search.Evaluation.Torch;
using Search.Evaluation.Torch.Operators;
using Search.Native;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>Runs models of several architectures as exporters write them. Alone, because it counts the tensors that are not released.</summary>
[NonParallelizable]
internal sealed class ExportedGraphTests
{
    private const double Tolerance = 1e-4;

    // What each model is made of, as PyTorch has it: every part must be found, however the opset spells it.
    private static readonly Dictionary<string, string> Patterns = new(StringComparer.Ordinal)
    {
        ["bert-11"] = "2 Attention, 2 Gelu, 5 LayerNorm, 12 Linear, 1 Select",
        ["bert-13"] = "2 Attention, 2 Gelu, 5 LayerNorm, 12 Linear, 1 Select",
        ["clip-text-13"] = "2 Attention, 5 LayerNorm, 6 Linear",
        ["convnext-16"] = "2 Gelu, 5 LayerNorm, 4 Linear",
        ["distilbert-13"] = "2 Attention, 2 Gelu, 5 LayerNorm, 12 Linear, 1 Select",
        ["encoder-16"] = "2 Attention, 2 Gelu, 4 LayerNorm, 6 Linear",
        ["gpt2-11"] = "2 Attention, 2 Gelu, 5 LayerNorm",
        ["gpt2-16"] = "2 Attention, 2 Gelu, 5 LayerNorm",
        ["llama-13"] = "2 Attention, 5 RmsNorm, 2 Silu",
        ["llama-16"] = "2 Attention, 5 RmsNorm, 2 Silu",
        ["resnet-11"] = "",
        ["resnet-bn-13"] = "",
        ["vit-11"] = "2 Attention, 2 Gelu, 5 LayerNorm, 8 Linear, 1 Select",
        ["vit-13"] = "2 Attention, 2 Gelu, 5 LayerNorm, 8 Linear, 1 Select",
        ["vit-17"] = "2 Attention, 2 Gelu, 8 Linear, 1 Select",
        ["vit-torchvision-16"] = "2 Attention, 2 Gelu, 5 LayerNorm, 6 Linear, 1 Select",
    };

    private long _tensors;

    [SetUp]
    public void RequireTorch()
    {
        TorchInstallation.Require();
        _tensors = TorchLibrary.LiveTensors;
    }

    [TearDown]
    public void NoTensorIsLeft()
    {
        TorchLibrary.RecordGradients(true);
        Assert.That(TorchLibrary.LiveTensors, Is.LessThanOrEqualTo(_tensors), "tensors not released");
    }

    [TestCaseSource(typeof(ExportedGraph), nameof(ExportedGraph.Names))]
    public void Run_TwoSizesOfInput_GivesWhatPyTorchAndOnnxRuntimeGive(string name)
    {
        using var graph = new ExportedGraph(name);
        OnnxRuntimeLibrary? library = OnnxRuntime();
        foreach (int set in new[] { 0, 1, 0 })
        {
            double[] output = graph.Run(set);
            Assert.That(Distance(output, graph.Expected(set)), Is.LessThan(Tolerance), $"PyTorch, inputs {set}");
            if (library is not null)
            {
                Assert.That(Distance(output, graph.RunOnOnnxRuntime(library, set)), Is.LessThan(Tolerance), $"onnxruntime, inputs {set}");
            }
        }
    }

    [TestCaseSource(typeof(ExportedGraph), nameof(ExportedGraph.Names))]
    public void Run_Fused_GivesTheSameWithFewerNodes(string name)
    {
        using var fused = new ExportedGraph(name);
        using var spelled = new ExportedGraph(name, fuse: false);
        for (int set = 0; set < 2; set++)
        {
            Assert.That(Distance(fused.Run(set), spelled.Run(set)), Is.LessThan(1e-5), $"inputs {set}");
        }

        IEnumerable<string> counts = fused.Planned.Where(node => node.Domain == Fused.Domain)
            .GroupBy(node => node.Type).OrderBy(type => type.Key, StringComparer.Ordinal).Select(type => $"{type.Count()} {type.Key}");
        TestContext.Out.WriteLine($"{spelled.Planned.Count} nodes, {fused.Planned.Count} fused");
        Assert.That(string.Join(", ", counts), Is.EqualTo(Patterns[name]));
        Assert.That(fused.Planned, Has.Count.LessThanOrEqualTo(spelled.Planned.Count - (Patterns[name].Length > 0 ? 1 : 0)));
    }

    [TestCaseSource(typeof(ExportedGraph), nameof(ExportedGraph.Names))]
    public void Backward_SomeWeights_GivesPyTorchsDerivatives(string name)
    {
        using var graph = new ExportedGraph(name);
        for (int set = 0; set < 2; set++)
        {
            Dictionary<string, double[]> gradients = graph.Gradients(set);
            Assert.That(gradients.Keys, Is.EquivalentTo(graph.Weights));
            foreach (string weight in graph.Weights)
            {
                Assert.That(Distance(gradients[weight], graph.ExpectedGradient(set, weight)), Is.LessThan(Tolerance), $"{weight}, inputs {set}");
            }
        }
    }

    // The largest difference, as a share of the largest number.
    private static double Distance(double[] actual, double[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        return actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
    }

    private static OnnxRuntimeLibrary? OnnxRuntime()
    {
        try
        {
            return OnnxRuntimeLibrary.Load();
        }
        catch (NativeException exception)
        {
            Assert.Warn(exception.Message);
            return null;
        }
    }
}
