using System.Diagnostics;
using System.Globalization;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>What running a graph node by node costs beside PyTorch's own TorchScript, which runs the same operators.</summary>
[NonParallelizable]
[Explicit("Needs Debian's python3-torch, and a machine that does nothing else.")]
internal sealed class OverheadTests
{
    private const int WarmUps = 3;
    private const int Rounds = 11;

    [TestCase(1)]
    [TestCase(2)]
    public void Run_VisionTransformerOfSixMillionWeights_TakesAsLongAsTorchScript(int threads)
    {
        TorchInstallation.Require();
        string folder = Directory.CreateTempSubdirectory("search-overhead-").FullName;
        string script = Path.Combine(TestContext.CurrentContext.TestDirectory, "Graphs", "overhead.py");
        using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-W", "ignore", script, folder, $"{threads}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["GOMP_SPINCOUNT"] = "0", ["OPENBLAS_NUM_THREADS"] = $"{threads}" }, // as our own threads wait, and as many of them
        })!;
        int weights = int.Parse(python.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        TorchLibrary.SetThreads(threads);
        TorchLibrary.RecordGradients(false);
        using var graph = new ExportedGraph(Path.Combine(folder, "vit"));
        TorchTensor[] inputs = graph.Inputs(0);
        List<(double Wall, double Processors)> ours = [];
        List<(double Wall, double Processors)> theirs = [];
        for (int round = 0; round < WarmUps + Rounds; round++)
        {
            python.StandardInput.WriteLine();
            double[] given = [.. python.StandardOutput.ReadLine()!.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            theirs.Add((given[0], given[1]));
            var wall = Stopwatch.StartNew();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            graph.Run(inputs).Dispose();
            ours.Add((wall.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds));
        }

        python.StandardInput.Close();
        python.WaitForExit();
        Array.ForEach(inputs, input => input.Dispose());
        Directory.Delete(folder, recursive: true);
        TorchLibrary.RecordGradients(true);
        TestContext.Out.WriteLine($"{weights} weights, {threads} threads, {graph.Planned.Count} nodes, medians of {Rounds} (least in brackets)");
        double ratio = Compare("wall clock", ours, theirs, each => each.Wall);
        Compare("processors", ours, theirs, each => each.Processors);
        Assert.That(ratio, Is.LessThan(1.05));
    }

    private static double Compare(string what, List<(double, double)> ours, List<(double, double)> theirs, Func<(double Wall, double Processors), double> value)
    {
        double[] mine = [.. ours.Skip(WarmUps).Select(value).Order()];
        double[] other = [.. theirs.Skip(WarmUps).Select(value).Order()];
        double ratio = mine[Rounds / 2] / other[Rounds / 2];
        TestContext.Out.WriteLine($"{what}: {mine[Rounds / 2]:F3} s ({mine[0]:F3}) against {other[Rounds / 2]:F3} s ({other[0]:F3}): ratio {ratio:F3} ({mine[0] / other[0]:F3})");
        return ratio;
    }
}
