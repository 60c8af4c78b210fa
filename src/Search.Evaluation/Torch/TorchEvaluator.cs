using System.Diagnostics;
using System.Runtime.CompilerServices;
using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// Scores merged weights with libtorch and differentiates scores by them. A forward pass takes up to a batch of examples, of whichever
/// tasks, through the part of the graph that tasks share; only the task-specific part runs for each task alone. Weight sets are used where they lie.
/// </summary>
public sealed class TorchEvaluator : IGradientEvaluator
{
    private readonly WeightLayout _layout;
    private readonly OnnxRuntimeEvaluatorOptions _options;
    private readonly FedGraph _graph;
    private readonly TorchModel _model;
    private readonly int _threads;
    private readonly List<TorchTensor[]> _privates = [];
    private readonly Dictionary<(int Task, DataRole Role), TorchBatches> _batches = [];
    private readonly ConditionalWeakTable<WeightSet, TorchWeights> _weights = [];

    /// <summary>Checks the graph and every batch file's header and reads the private tensors.</summary>
    /// <param name="layout">The merged weights' names and shapes.</param>
    /// <param name="options">What to score, and how.</param>
    /// <exception cref="SearchException">libtorch, the graph, an expert or a batch file does not fit; the message says which and how.</exception>
    public TorchEvaluator(WeightLayout layout, OnnxRuntimeEvaluatorOptions options)
    {
        TorchDescription library;
        try
        {
            library = TorchLibrary.Describe();
        }
        catch (NativeException exception)
        {
            throw new SearchException(exception.Message, exception);
        }

        _layout = layout;
        _options = options;
        Version = library.Version;
        Device = TorchDevice.Resolve(options.Device, library);
        _threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        OnnxGraph graph = OnnxGraph.Load(options.GraphPath);
        _graph = GraphRewriter.Rewrite(graph, GraphBinder.Bind(graph, layout, options, OrtElementType.Float, OrtElementType.Float16, OrtElementType.BFloat16));
        _model = new TorchModel(
            graph, [.. _graph.Binding.Merged.Select(place => place.Input)], [.. _graph.Binding.Private.Select(place => place.Input)], [.. _graph.DataInputs.Select(input => input.Name)], [_graph.Output], Device);
        try
        {
            for (int task = 0; task < options.Tasks.Count; task++)
            {
                foreach ((DataRole role, string path) in options.Tasks[task].Batches)
                {
                    _batches.Add((task, role), new TorchBatches(new BatchSet(options.OpenBatches(path), _graph.DataInputs, options.Inputs, int.MaxValue), Device));
                }

                _privates.Add([.. _graph.Binding.Private.Select(place => Private(options.Tasks[task], place))]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public string Engine => "torch";

    /// <inheritdoc />
    public string Device { get; }

    /// <inheritdoc />
    public string Version { get; }

    /// <summary>How the checkpoints' tensors were found in the graph; null when all were by name.</summary>
    public string? Binding => _graph.Binding.Summary;

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => Guarded(() =>
    {
        TorchLibrary.RecordGradients(false);
        using var bound = new BoundWeights(Tensors(weights), _graph.Binding.Merged);
        return Score(bound.Places, Passes(role, null), null, cancellationToken);
    });

    /// <inheritdoc />
    public EvaluationResult EvaluateGradient(
        WeightSet weights, DataRole role, ExampleDraw? draw, Objective objective, GradientReceiver receiver, CancellationToken cancellationToken) => Guarded(() =>
    {
        using var sink = new GradientSink(receiver);
        using var watch = new GradientWatch(sink.Receive);
        TorchTensor[] watched = [.. Tensors(weights).Select(watch.Watch)];
        try
        {
            TorchLibrary.RecordGradients(true);
            using var bound = new BoundWeights(watched, _graph.Binding.Merged);
            return Score(bound.Places, Passes(role, draw), new Derivative(objective, watch, sink), cancellationToken);
        }
        finally
        {
            Array.ForEach(watched, tensor => tensor.Dispose());
        }
    });

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (KeyValuePair<WeightSet, TorchWeights> weights in _weights)
        {
            weights.Value.Dispose();
        }

        _weights.Clear();
        _privates.ForEach(tensors => Array.ForEach(tensors, tensor => tensor.Dispose()));
        foreach (TorchBatches batches in _batches.Values)
        {
            batches.Dispose();
        }

        _model.Dispose();
    }

    private EvaluationResult Guarded(Func<EvaluationResult> score)
    {
        try
        {
            // Both belong to the thread, and calls may come from any.
            TorchLibrary.SetThreads(_threads);
            return score();
        }
        catch (NativeException exception)
        {
            throw new EvaluationException(exception.Message, exception);
        }
        finally
        {
            TorchLibrary.RecordGradients(true);
        }
    }

    private TorchTensor Private(EvaluatorTask task, WeightBinding place)
    {
        Checkpoints.TensorInfo tensor = task.Expert.Find(place.Tensor)!;
        using TorchTensor stored = TorchTensor.Wrap<float>(TensorReader.ReadFloats(task.Expert, tensor, 0, checked((int)tensor.ElementCount), null), [.. tensor.Shape]);
        using var bound = new BoundWeights([stored], [place with { Index = 0 }]);
        using TorchTensor host = TorchLibrary.Call("contiguous", bound.Places[0]);
        return TorchLibrary.Call("to.device", host, TorchArgument.Device(Device), host.Type);
    }

    private TorchTensor[] Tensors(WeightSet weights)
    {
        if (!_weights.TryGetValue(weights, out TorchWeights? tensors))
        {
            if (!SameLayout(weights.Layout, _layout))
            {
                throw new ArgumentException("The weights are laid out otherwise than the evaluator was built for.", nameof(weights));
            }

            tensors = new TorchWeights(weights);
            _weights.Add(weights, tensors);
        }

        return tensors.Values;
    }

    private static bool SameLayout(WeightLayout a, WeightLayout b) =>
        ReferenceEquals(a, b)
        || (a.Tensors.Count == b.Tensors.Count && a.Tensors.Zip(b.Tensors).All(pair => pair.First.Name == pair.Second.Name && pair.First.Shape.SequenceEqual(pair.Second.Shape)));

    // Which examples go through the graph together: as many as a batch holds, of whichever tasks follow one another.
    private List<List<Segment>> Passes(DataRole role, ExampleDraw? draw)
    {
        List<List<Segment>> passes = [];
        int left = 0;
        for (int task = 0; task < _options.Tasks.Count; task++)
        {
            if (!_batches.TryGetValue((task, role), out TorchBatches? batches))
            {
                continue;
            }

            long[]? drawn = draw?.Of(task, batches.Examples);
            int examples = drawn?.Length ?? batches.Examples;
            for (int first = 0; first < examples;)
            {
                if (left == 0)
                {
                    passes.Add([]);
                    left = _options.BatchSize;
                }

                int count = Math.Min(left, examples - first);
                passes[^1].Add(new Segment(task, batches, first, count, drawn));
                first += count;
                left -= count;
            }
        }

        return passes.Count > 0 ? passes : throw new ArgumentException($"No task has {role} batches.", nameof(role));
    }

    private EvaluationResult Score(TorchTensor[] weights, List<List<Segment>> passes, Derivative? derivative, CancellationToken cancellationToken)
    {
        Stopwatch forward = new();
        Stopwatch objective = new();
        Stopwatch backward = new();
        int[] tasks = [.. passes.SelectMany(pass => pass.Select(segment => segment.Task)).Distinct()];
        Dictionary<int, TaskTally> tallies = tasks.ToDictionary(task => task, task => new TaskTally(_options.Tasks[task].Name));
        Dictionary<int, int> examples = tasks.ToDictionary(task => task, task => passes.Sum(pass => pass.Where(segment => segment.Task == task).Sum(segment => segment.Count)));
        try
        {
            foreach (List<Segment> pass in passes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                forward.Start();
                TorchTensor[] data = Inputs(pass);
                TorchTensor[] body = [];
                List<TorchTensor> losses = [];
                try
                {
                    body = _model.Body(weights, data);
                    int first = 0;
                    foreach (Segment segment in pass)
                    {
                        TorchTensor[] outputs = _model.Head(body, first, segment.Count, weights, _privates[segment.Task]);
                        first += segment.Count;
                        forward.Stop();
                        objective.Start();
                        using TorchTensor? labels = segment.Rows(segment.Batches.Labels);
                        TorchTensor entropy = tallies[segment.Task].Add(outputs[0], labels);
                        if (derivative is not null)
                        {
                            double rows = (double)outputs[0].ElementCount / outputs[0].Sizes[^1] / segment.Count * examples[segment.Task];
                            losses.Add(TorchLibrary.Call("mul.Scalar", entropy, 1 / (rows * tasks.Length)));
                        }

                        entropy.Dispose();
                        Array.ForEach(outputs, output => output.Dispose());
                        objective.Stop();
                        forward.Start();
                    }
                }
                finally
                {
                    Array.ForEach(data, tensor => tensor.Dispose());
                    Array.ForEach(body, tensor => tensor.Dispose());
                }

                forward.Stop();
                if (derivative is not null)
                {
                    backward.Start();
                    derivative.Sink.IsLast = passes.Count == 1;
                    using TorchTensor stacked = TorchLibrary.Call("stack", losses.ToArray());
                    using TorchTensor loss = TorchLibrary.Call("sum", stacked);
                    losses.ForEach(each => each.Dispose());
                    derivative.Watch.Backward(loss);
                    backward.Stop();
                }
            }

            backward.Start();
            derivative?.Sink.Flush();
            backward.Stop();
            objective.Start();
            TaskScores[] scores = [.. tasks.Select(task => tallies[task].Read())];
            objective.Stop();
            return new EvaluationResult(scores, forward.Elapsed, objective.Elapsed) { Backward = backward.Elapsed - (derivative?.Sink.Elapsed ?? TimeSpan.Zero) };
        }
        finally
        {
            foreach (TaskTally tally in tallies.Values)
            {
                tally.Dispose();
            }
        }
    }

    private TorchTensor[] Inputs(List<Segment> pass) => [.. Enumerable.Range(0, _graph.DataInputs.Count).Select(input =>
    {
        TorchTensor[] parts = [.. pass.Select(segment => segment.Rows(segment.Batches.Load()[input])!)];
        if (parts.Length == 1)
        {
            return parts[0];
        }

        try
        {
            return TorchLibrary.Call("cat", parts);
        }
        finally
        {
            Array.ForEach(parts, part => part.Dispose());
        }
    })];

    // Some of a task's examples: a stretch of its data, or of those drawn.
    private sealed record Segment(int Task, TorchBatches Batches, int First, int Count, long[]? Drawn)
    {
        public TorchTensor? Rows(TorchTensor? all)
        {
            if (all is null)
            {
                return null;
            }

            if (Drawn is null)
            {
                return TorchLibrary.Call("narrow", all, 0L, (long)First, (long)Count);
            }

            using TorchTensor host = TorchData.Of(Drawn[First..(First + Count)]);
            using TorchTensor rows = all.Cuda < 0 ? TorchLibrary.Call("alias", host) : TorchLibrary.Call("to.device", host, TorchArgument.Device($"cuda:{all.Cuda}"), TorchType.Int64);
            return TorchLibrary.Call("index_select", all, 0L, rows);
        }
    }

    private sealed record Derivative(Objective Objective, GradientWatch Watch, GradientSink Sink);
}
