using System.Diagnostics;
using Google.Protobuf;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Evaluation.Torch;
using Search.Merging;

namespace Search.Evaluation;

/// <summary>
/// Times a gradient step and its parts on a stack of square linear layers with rectifiers between them, the entropy of ten outputs as the
/// objective: a model whose size is a setting, and whose cost is that of its weights.
/// </summary>
public sealed record StepBenchmark
{
    private const string Input = "x";
    private const int Classes = 10;

    /// <summary>About how many parameters the model has; at least one layer's.</summary>
    public required long Parameters { get; init; }

    /// <summary>How many experts, each with a task; at least 1.</summary>
    public required int Experts { get; init; }

    /// <summary>Examples of each task a step.</summary>
    /// <value>The default is 16.</value>
    public int Rows { get; init; } = 16;

    /// <summary>Inputs and outputs of each layer.</summary>
    /// <value>The default is 1024.</value>
    public int Width { get; init; } = 1024;

    /// <summary>Steps that are timed, after two that are not.</summary>
    /// <value>The default is 9.</value>
    public int Repeats { get; init; } = 9;

    /// <summary>Threads; 0 stands for every core.</summary>
    /// <value>The default is 0.</value>
    public int Threads { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:i</c>.</summary>
    /// <value>The default is <c>auto</c>.</value>
    public string Device { get; init; } = "auto";

    /// <summary>Runs it.</summary>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>The medians.</returns>
    public StepTimes Run(CancellationToken cancellationToken)
    {
        int layers = (int)Math.Max(1, Parameters / ((long)Width * Width));
        KeyValuePair<string, long[]>[] shapes = [.. Enumerable.Range(0, layers).Select(layer => KeyValuePair.Create($"layers.{layer:000}.weight", new long[] { Width, Width }))];
        var origin = new SyntheticCheckpoint("base", shapes, null, 1 / Math.Sqrt(Width), 1);
        using var family = new ModelFamily(
            origin, [.. Enumerable.Range(0, Experts).Select(k => KeyValuePair.Create($"expert{k}", (Checkpoint)new SyntheticCheckpoint($"expert{k}", shapes, origin, 0.01, (ulong)k + 2)))], []);
        TaskVectors vectors = TaskVectors.Resident(family);
        var merger = new Merger(vectors);
        var gradient = new MergeGradient(vectors);
        var weights = new WeightSet(family.Layout);
        string graph = Path.Combine(Path.GetTempPath(), $"search-bench-{Environment.ProcessId}.onnx");
        File.WriteAllBytes(graph, Model(layers).ToByteArray());
        try
        {
            using var evaluator = new TorchEvaluator(family.Layout, new EvaluatorOptions
            {
                GraphPath = graph,
                Tasks = [.. family.Experts.Select(expert => new EvaluatorTask(expert.Key, expert.Value, new Dictionary<DataRole, string> { [DataRole.Search] = expert.Key }))],
                OpenBatches = name => new SyntheticCheckpoint(name, [KeyValuePair.Create(Input, new long[] { Rows, Width })], null, 1, (ulong)(100 + family.Experts.Select(expert => expert.Key).ToList().IndexOf(name))),
                BatchSize = Rows * Experts,
                Threads = Threads,
                Device = Device,
            });
            var merge = new MergeWeights(layers, Experts);
            for (int layer = 0; layer < layers; layer++)
            {
                merge[layer].Fill(0.3f);
            }

            var objective = new Objective(ScoreKind.Entropy);
            List<StepTimes> steps = [];
            for (int step = -2; step < Repeats; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Stopwatch dots = new();
                gradient.Clear();
                long start = Stopwatch.GetTimestamp();
                merger.Merge([merge], [weights]);
                TimeSpan merged = Stopwatch.GetElapsedTime(start);
                EvaluationResult result = evaluator.EvaluateGradient(weights, DataRole.Search, null, objective, (tensor, values) =>
                {
                    dots.Start();
                    gradient.Add(tensor, values);
                    dots.Stop();
                }, cancellationToken);
                TimeSpan total = Stopwatch.GetElapsedTime(start);
                if (step >= 0)
                {
                    steps.Add(new StepTimes(
                        family.Layout.ElementCount, Experts, Rows, evaluator.Version, evaluator.Device, total.TotalMilliseconds, merged.TotalMilliseconds,
                        result.Forward.TotalMilliseconds, result.Objective.TotalMilliseconds, result.Backward.TotalMilliseconds, dots.Elapsed.TotalMilliseconds, 0));
                }
            }

            double Median(Func<StepTimes, double> part) => steps.Select(part).Order().ElementAt(steps.Count / 2);
            return steps[0] with
            {
                StepMs = Median(step => step.StepMs),
                MergeMs = Median(step => step.MergeMs),
                ForwardMs = Median(step => step.ForwardMs),
                ObjectiveMs = Median(step => step.ObjectiveMs),
                BackwardMs = Median(step => step.BackwardMs),
                DotsMs = Median(step => step.DotsMs),
                CopyGigabytesPerSecond = CopySpeed(merger, weights),
                PeakBytes = Process.GetCurrentProcess().PeakWorkingSet64,
                PeakDeviceBytes = evaluator.PeakDeviceBytes,
            };
        }
        finally
        {
            File.Delete(graph);
        }
    }

    // The roof: a plain copy of the whole model on all cores, read and written bytes counted. A merge in which no expert weighs anything is
    // that copy, of the base.
    private double CopySpeed(Merger merger, WeightSet weights)
    {
        var nothing = new MergeWeights(weights.Layout.Tensors.Count, Experts);
        double[] speeds = [.. Enumerable.Range(0, Repeats + 1).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            merger.Merge([nothing], [weights]);
            return 2.0 * sizeof(float) * weights.Layout.ElementCount / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
        }).Skip(1).Order()];
        return speeds[speeds.Length / 2];
    }

    private ModelProto Model(int layers)
    {
        static ValueInfoProto Value(string name, params long[] shape)
        {
            var dimensions = new TensorShapeProto();
            dimensions.Dim.AddRange(shape.Select(size => size > 0 ? new TensorShapeProto.Types.Dimension { DimValue = size } : new TensorShapeProto.Types.Dimension { DimParam = "n" }));
            return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = OnnxTensorType.Float, Shape = dimensions } } };
        }

        var graph = new GraphProto { Name = "stack", Input = { Value(Input, 0, Width) }, Output = { Value("logits", 0, Classes) } };
        string last = Input;
        for (int layer = 0; layer < layers; layer++)
        {
            graph.Input.Add(Value($"layers.{layer:000}.weight", Width, Width));
            graph.Node.Add(new NodeProto
            {
                OpType = "Gemm",
                Input = { last, $"layers.{layer:000}.weight" },
                Output = { $"product{layer}" },
                Attribute = { new AttributeProto { Name = "transB", I = 1, Type = 2 } },
            });
            graph.Node.Add(new NodeProto { OpType = "Relu", Input = { $"product{layer}" }, Output = { $"hidden{layer}" } });
            last = $"hidden{layer}";
        }

        foreach ((string name, long value) in new[] { ("zero", 0L), ("classes", (long)Classes), ("axis", 1L) })
        {
            graph.Initializer.Add(new TensorProto { Name = name, DataType = 7, Dims = { 1 }, Int64Data = { value } });
        }

        graph.Node.Add(new NodeProto { OpType = "Slice", Input = { last, "zero", "classes", "axis" }, Output = { "logits" } });
        return new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } }, Graph = graph };
    }
}
