using System.Diagnostics;
using Search.Checkpoints;
using Search.Evaluation.Torch;
using Search.Merging;

namespace Search.Evaluation;

/// <summary>
/// Times a gradient step and its parts on a model with random weights, the entropy of ten outputs as the objective: a stack of linear layers
/// of any size, or a vision transformer.
/// </summary>
public sealed record StepBenchmark
{
    /// <summary>About how many parameters the stack of linear layers has, at least one layer's; null for a ViT-B/32.</summary>
    public required long? Parameters { get; init; }

    /// <summary>How many experts, each with a task; at least 1.</summary>
    public required int Experts { get; init; }

    /// <summary>Examples of each task a step.</summary>
    /// <value>The default is 16.</value>
    public int Rows { get; init; } = 16;

    /// <summary>Inputs and outputs of each linear layer.</summary>
    /// <value>The default is 1024.</value>
    public int Width { get; init; } = 1024;

    /// <summary>Where the task vectors are, as in <see cref="ResidentEvaluator.Place"/>.</summary>
    /// <value>The default is <c>auto</c>.</value>
    public string Vectors { get; init; } = "auto";

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
    /// <exception cref="SearchException">The device or libtorch is missing, or has no room.</exception>
    public StepTimes Run(CancellationToken cancellationToken)
    {
        BenchmarkModel model = Parameters is { } parameters ? new LinearStack((int)Math.Max(1, parameters / ((long)Width * Width)), Width) : new VisionTransformer();
        string graph = Path.Combine(Path.GetTempPath(), $"search-bench-{Environment.ProcessId}.onnx");
        File.WriteAllBytes(graph, model.Build());
        try
        {
            var origin = new SyntheticCheckpoint("base", model.Weights, null, 1 / Math.Sqrt(Width), 1);
            using var family = new ModelFamily(
                origin, [.. Enumerable.Range(0, Experts).Select(k => KeyValuePair.Create($"expert{k}", (Checkpoint)new SyntheticCheckpoint($"expert{k}", model.Weights, origin, 0.01, (ulong)k + 2)))], []);
            long[] batch = [Rows, .. model.Example];
            var engine = new TorchEvaluator(family.Layout, new EvaluatorOptions
            {
                GraphPath = graph,
                Tasks = [.. family.Experts.Select(expert => new EvaluatorTask(expert.Key, expert.Value, new Dictionary<DataRole, string> { [DataRole.Search] = expert.Key }))],
                OpenBatches = name => new SyntheticCheckpoint(name, [KeyValuePair.Create(BenchmarkModel.Input, batch)], null, 1, (ulong)(100 + family.Experts.Select(expert => expert.Key).ToList().IndexOf(name))),
                BatchSize = Rows * Experts,
                Threads = Threads,
                Device = Device,
            });
            IEvaluator evaluator = engine;
            try
            {
                TaskVectors vectors = Vectors == "host" ? TaskVectors.Resident(family) : TaskVectors.Mapped(family);
                evaluator = ResidentEvaluator.Place(engine, vectors, Vectors, note => throw new SearchException(note));
                return evaluator is ResidentEvaluator resident ? OnDevice(resident, engine, vectors, cancellationToken) : OnHost(engine, vectors, cancellationToken);
            }
            finally
            {
                evaluator.Dispose();
            }
        }
        finally
        {
            File.Delete(graph);
        }
    }

    private StepTimes OnHost(TorchEvaluator evaluator, TaskVectors vectors, CancellationToken cancellationToken)
    {
        var merger = new Merger(vectors.Layout);
        var weights = new WeightSet(vectors.Layout);

        // The roof: a plain copy of the whole model on all cores. A merge in which no expert weighs anything is that copy, of the base.
        var nothing = new MergeWeights(vectors);
        return Steps(evaluator, vectors, new MergeGradient(vectors), () => merger.Merge([nothing], [weights]), Step, cancellationToken);

        EvaluationResult Step(MergeWeights merge, MergeGradient gradient)
        {
            long start = Stopwatch.GetTimestamp();
            merger.Merge([merge], [weights]);
            TimeSpan merged = Stopwatch.GetElapsedTime(start);
            Stopwatch dots = new();
            EvaluationResult result = evaluator.EvaluateGradients(weights, DataRole.Search, null, [new Objective(ScoreKind.Entropy)], _ => (tensor, values) =>
            {
                dots.Start();
                gradient.Add(tensor, values);
                dots.Stop();
            }, cancellationToken);
            return result with { Merge = merged, Dots = dots.Elapsed };
        }
    }

    private StepTimes OnDevice(ResidentEvaluator evaluator, TorchEvaluator engine, TaskVectors vectors, CancellationToken cancellationToken)
    {
        var gradient = new MergeGradient(vectors);
        StepTimes times = Steps(
            engine,
            vectors,
            gradient,
            evaluator.Copy,
            (merge, sums) => evaluator.EvaluateGradients(merge, DataRole.Search, null, [new Objective(ScoreKind.Entropy)], _ => sums, cancellationToken),
            cancellationToken);
        return times with { VectorBytes = Vectors is "bfloat16" or "float16" ? sizeof(ushort) : sizeof(float) };
    }

    private StepTimes Steps(
        TorchEvaluator engine, TaskVectors vectors, MergeGradient gradient, Action copy, Func<MergeWeights, MergeGradient, EvaluationResult> run, CancellationToken cancellationToken)
    {
        var merge = new MergeWeights(vectors);
        for (int tensor = 0; tensor < vectors.Layout.Tensors.Count; tensor++)
        {
            merge[tensor].Fill(0.3f);
        }

        List<(double Total, EvaluationResult Result)> steps = [];
        for (int step = -2; step < Repeats; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            gradient.Clear();
            long start = Stopwatch.GetTimestamp();
            EvaluationResult result = run(merge, gradient);
            if (step >= 0)
            {
                steps.Add((Stopwatch.GetElapsedTime(start).TotalMilliseconds, result));
            }
        }

        double[] copies = [.. Enumerable.Range(0, Repeats + 1).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            copy();
            return 2.0 * sizeof(float) * vectors.Layout.ElementCount / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
        }).Skip(1).Order()];
        double Median(Func<EvaluationResult, TimeSpan> part) => steps.Select(step => part(step.Result).TotalMilliseconds).Order().ElementAt(steps.Count / 2);
        return new StepTimes(
            vectors.Layout.ElementCount,
            Experts,
            Rows,
            engine.Version,
            engine.Device,
            steps.Select(step => step.Total).Order().ElementAt(steps.Count / 2),
            Median(result => result.Merge),
            Median(result => result.Forward),
            Median(result => result.Objective),
            Median(result => result.Backward),
            Median(result => result.Dots),
            copies[copies.Length / 2])
        {
            PeakBytes = Process.GetCurrentProcess().PeakWorkingSet64,
            PeakDeviceBytes = engine.PeakDeviceBytes,
        };
    }
}
