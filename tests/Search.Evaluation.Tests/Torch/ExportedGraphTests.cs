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
        Assert.That(TorchLibrary.LiveTensors, Is.EqualTo(_tensors), "tensors not released");
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

        IEnumerable<string> counts = fused.Planned.Where(node => node.Domain == Fused.Domain).GroupBy(node => node.Type).OrderBy(type => type.Key, StringComparer.Ordinal).Select(type => $"{type.Count()} {type.Key}");
        TestContext.Out.WriteLine($"{name}: {spelled.Planned.Count} nodes, fused {fused.Planned.Count}: {string.Join(", ", counts)}");
        TestContext.Out.WriteLine(string.Join(" ", fused.Planned.Select(node => node.Type)));
        Assert.That(fused.Planned, Has.Count.LessThanOrEqualTo(spelled.Planned.Count));
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
        double difference = actual.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
        TestContext.Out.WriteLine($"{difference:G3}");
        return difference;
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
