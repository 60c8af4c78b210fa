using System.Diagnostics;
using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// Scores merged weights with libtorch and differentiates scores by them. A forward pass takes up to a batch of examples, of whichever
/// tasks, through the part of the graph that tasks share; only the task-specific part runs for each task alone. On the CPU weight sets are used where they lie.
/// </summary>
public sealed class TorchEvaluator : IGradientEvaluator, IPartialEvaluator
{
    private readonly EvaluatorOptions _options;
    private readonly FedGraph _graph;
    private readonly ExamplePasses _examples;
    private readonly TorchForward _forward;
    private readonly TorchExperts _experts;
    private readonly string[] _nodes;
    private readonly int _tokens; // which data input, or −1
    private readonly int _threads;
    private readonly int _cuda; // −1 on the CPU
    private readonly FeedTable<TorchWeights> _weights;

    /// <summary>Checks the graph and every batch file's header and reads the private tensors.</summary>
    /// <param name="layout">The merged weights' names and shapes.</param>
    /// <param name="options">What to score, and how.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    /// <exception cref="SearchException">libtorch, the graph, an expert or a batch file does not fit; the message says which and how.</exception>
    public TorchEvaluator(WeightLayout layout, EvaluatorOptions options)
    {
        options.Validate(layout);
        TorchDescription library;
        try
        {
            library = TorchLibrary.Describe();
        }
        catch (NativeException exception)
        {
            throw new SearchException(exception.Message, exception);
        }

        _options = options;
        Version = library.Version;
        Device = TorchDevice.Resolve(options.Device, library);
        _cuda = Device == "cpu" ? -1 : int.Parse(Device["cuda:".Length..], System.Globalization.CultureInfo.InvariantCulture);
        _threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        OnnxGraph graph = OnnxGraph.Load(options.GraphPath);
        _nodes = [.. options.Scores.Select(score => score.Node).OfType<string>().Distinct()];
        _graph = GraphRewriter.Rewrite(graph, GraphBinder.Bind(graph, layout, options, OrtElementType.Float, OrtElementType.Float16, OrtElementType.BFloat16), _nodes);
        DataInputs.Check(options.GraphPath, _graph.DataInputs, options.Inputs);
        string[] data = [.. _graph.DataInputs.Select(input => input.Name)];
        _tokens = Array.IndexOf(data, DataInputs.FindTokens(options.GraphPath, _graph.DataInputs, options.Scores));
        _examples = new ExamplePasses(options, _graph.DataInputs);
        try
        {
            _forward = new TorchForward(options, _graph, _examples, new TorchModel(graph, _graph.Binding, data, [_graph.Output, .. _graph.Features], Device), Device);
        }
        catch
        {
            _examples.Dispose();
            throw;
        }

        _experts = new TorchExperts(options, layout, _graph.Binding.Merged, _examples, _forward, Device);
        _weights = new FeedTable<TorchWeights>(layout, weights => new TorchWeights(weights, Device));
    }

    /// <inheritdoc />
    public string Engine => "torch";

    /// <inheritdoc />
    public string Device { get; }

    /// <inheritdoc />
    public string Version { get; }

    /// <summary>The most memory tensors took on the CUDA device, in bytes; −1 where there is none or it cannot be told.</summary>
    internal long PeakDeviceBytes => _cuda < 0 ? -1 : TorchLibrary.Memory(_cuda, reset: false).Peak;

    /// <summary>How the checkpoints' tensors were found in the graph; null when all were by name.</summary>
    public string? Binding => _graph.Binding.Summary;

    /// <inheritdoc />
    public IReadOnlyList<string> Notes => _examples.Notes;

    /// <summary>How many forward passes the shared part of the graph has made.</summary>
    internal int Passes => _forward.Passes;

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => Guarded(() => Score(_weights.Of(weights).Values, role, null, cancellationToken));

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, ExampleStretch part, CancellationToken cancellationToken) => Guarded(() => Score(_weights.Of(weights).Values, role, part, cancellationToken));

    /// <inheritdoc />
    public EvaluationResult EvaluateGradients(
        WeightSet weights, DataRole role, ExampleDraw? draw, IReadOnlyList<Objective> objectives, Func<int, GradientReceiver> receivers, CancellationToken cancellationToken) => Guarded(() =>
    {
        TorchTensor[] values = _weights.Of(weights).Values;
        return OneByOne(role, objectives, (value, objective, wants) =>
            Differentiate(values, role, draw, objective, wants, onePass => new StreamedGradients(receivers(value), _graph.Binding.Merged, onePass), cancellationToken));
    });

    /// <summary>Merges a candidate on the device and scores it.</summary>
    /// <param name="vectors">What is merged; laid out as the evaluator was built for.</param>
    /// <param name="candidate">The merge.</param>
    /// <param name="role">Which batches.</param>
    /// <param name="part">Which of their examples, or null for all.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    internal EvaluationResult Evaluate(ResidentVectors vectors, MergeWeights candidate, DataRole role, ExampleStretch? part, CancellationToken cancellationToken) => Guarded(() =>
    {
        TimeSpan merge = Timed(() => vectors.Merge(candidate));
        return Score(vectors.Weights, role, part, cancellationToken) with { Merge = merge };
    });

    /// <summary>Merges a candidate on the device, scores it and differentiates objectives by its merge weights, value by value.</summary>
    /// <param name="vectors">What is merged; laid out as the evaluator was built for.</param>
    /// <param name="candidate">The merge.</param>
    /// <param name="role">Which batches.</param>
    /// <param name="draw">Which of their examples, or null for all.</param>
    /// <param name="objectives">What to differentiate.</param>
    /// <param name="gradients">Gives what a value's derivatives are added to.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    internal EvaluationResult EvaluateGradients(
        ResidentVectors vectors, MergeWeights candidate, DataRole role, ExampleDraw? draw, IReadOnlyList<Objective> objectives, Func<int, MergeGradient> gradients, CancellationToken cancellationToken) => Guarded(() =>
    {
        TimeSpan merge = Timed(() => vectors.Merge(candidate));
        TimeSpan dots = TimeSpan.Zero;
        EvaluationResult result = OneByOne(role, objectives, (value, objective, wants) =>
        {
            dots += Timed(vectors.ClearGradients);
            EvaluationResult one = Differentiate(vectors.Weights, role, draw, objective, wants, _ => new ArenaGradients(vectors.Gradients, _graph.Binding.Merged), cancellationToken);
            dots += Timed(() => vectors.AddDots(gradients(value)));
            return one;
        });
        return result with { Merge = merge, Dots = dots };
    });

    /// <summary>Copies the merged model on the device and waits for it.</summary>
    /// <param name="vectors">Where it is.</param>
    internal void Copy(ResidentVectors vectors) => Timed(vectors.Copy);

    /// <inheritdoc />
    public void Dispose()
    {
        _weights.Dispose();
        _experts.Dispose();
        _forward.Dispose();
        _examples.Dispose();
    }

    private TimeSpan Timed(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        TorchLibrary.RecordGradients(false);
        work();
        TorchLibrary.Synchronize(_cuda);
        return Stopwatch.GetElapsedTime(start);
    }

    private EvaluationResult Score(TorchTensor[] weights, DataRole role, ExampleStretch? part, CancellationToken cancellationToken)
    {
        TorchLibrary.RecordGradients(false);
        using var bound = new BoundWeights(weights, _graph.Binding.Merged);
        _examples.TrySharing(_forward.HasSharedPart, pass => _forward.Probe(bound.Places, pass));
        _experts.Run(role, cancellationToken);
        return Score(bound.Places, _examples.Of(role, part), null, part, cancellationToken);
    }

    // Each value's derivative costs passes of the tasks that it looks at alone, so that with one value a task every example goes forward and backward once, as with their mean. A
    // task that no value looks at goes with the first, for its scores.
    private EvaluationResult OneByOne(DataRole role, IReadOnlyList<Objective> objectives, Func<int, Objective, Predicate<int>, EvaluationResult> differentiate)
    {
        string[] tasks = [.. _options.Tasks.Select(task => task.Name)];
        int[] scored = [.. Enumerable.Range(0, tasks.Length).Where(task => _examples.Files.ContainsKey((task, role)))];
        Objective[] values = [.. objectives.SelectMany(objective => objective.OneValued([.. scored.Select(task => tasks[task])]))];
        EvaluationResult[] results = [.. values.Select((objective, value) => differentiate(
            value, objective, task => objective.LooksAt(tasks[task]) || (value == 0 && !values.Any(other => other.LooksAt(tasks[task])))))];
        TimeSpan Sum(Func<EvaluationResult, TimeSpan> time) => new(results.Sum(result => time(result).Ticks));
        return new EvaluationResult(
            [.. scored.Select(task => results.SelectMany(result => result.Tasks).First(score => score.Task == tasks[task]))],
            Sum(result => result.Forward),
            Sum(result => result.Objective)) { Backward = Sum(result => result.Backward) };
    }

    private EvaluationResult Differentiate(
        TorchTensor[] weights, DataRole role, ExampleDraw? draw, Objective objective, Predicate<int> wants, Func<bool, IGradientSink> createSink, CancellationToken cancellationToken)
    {
        TorchLibrary.RecordGradients(false);
        using var bound = new BoundWeights(weights, _graph.Binding.Merged);
        _examples.TrySharing(_forward.HasSharedPart, pass => _forward.Probe(bound.Places, pass));
        _experts.Run(role, cancellationToken);
        List<List<ExampleSegment>> passes = _examples.Of(role, draw, wants);
        bool looksAtValues = objective.Aggregate == Aggregation.Max || objective.Terms.Any(term => term.Score.Kind is ScoreKind.MarginalEntropy or ScoreKind.Infomax);

        // Where the derivative depends on scores of all examples, several passes need to know them beforehand.
        EvaluationResult? before = looksAtValues && passes.Count > 1 ? Score(bound.Places, passes, null, null, cancellationToken) : null;
        using IGradientSink sink = createSink(passes.Count == 1);
        using var watch = new GradientWatch(sink.Receive);
        TorchTensor[] watched = [.. bound.Places.Select(watch.Watch)];
        try
        {
            TorchLibrary.RecordGradients(true);
            EvaluationResult result = Score(watched, passes, new Derivative(objective, watch, sink, looksAtValues, before?.Tasks), null, cancellationToken);
            return before is null ? result : result with { Forward = result.Forward + before.Forward, Objective = result.Objective + before.Objective };
        }
        finally
        {
            Array.ForEach(watched, tensor => tensor.Dispose());
        }
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

    private EvaluationResult Score(TorchTensor[] weights, List<List<ExampleSegment>> passes, Derivative? derivative, ExampleStretch? part, CancellationToken cancellationToken)
    {
        Stopwatch forward = new();
        Stopwatch objective = new();
        Stopwatch backward = new();
        int[] tasks = [.. passes.SelectMany(pass => pass.Select(segment => segment.Task)).Distinct()];
        Dictionary<int, TaskTally> tallies = tasks.ToDictionary(task => task, task => new TaskTally(_options.Tasks[task].Name, _options.Scores, _nodes, derivative is null && (part is not null || passes[0][0].Drawn is null) ? _examples.BlockedExamples(task, passes[0][0].Role, part) : null));
        Dictionary<int, long> examples = tasks.ToDictionary(task => task, task => passes.Sum(pass => pass.Where(segment => segment.Task == task).Sum(segment => (long)segment.Count)));
        try
        {
            foreach (List<ExampleSegment> pass in passes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                forward.Start();
                List<(int Task, TallySums Sums)> sums = _forward.Run(weights, pass, (segment, outputs) =>
                {
                    forward.Stop();
                    objective.Start();
                    using TaskOutputs given = Compared(segment, outputs);
                    TallySums added = tallies[segment.Task].Add(given);
                    objective.Stop();
                    forward.Start();
                    return (segment.Task, added);
                });
                TorchLibrary.Synchronize(_cuda);
                forward.Stop();
                try
                {
                    if (derivative is not null)
                    {
                        backward.Start();
                        using TorchTensor? loss = Loss(derivative, tasks, tallies, sums, examples);
                        if (loss is not null)
                        {
                            derivative.Watch.Backward(loss);
                        }

                        backward.Stop();
                    }
                }
                finally
                {
                    sums.ForEach(each => each.Sums.Dispose());
                }
            }

            backward.Start();
            derivative?.Sink.Flush();
            TorchLibrary.Synchronize(_cuda);
            backward.Stop();
            objective.Start();
            TaskScores[] scores = TaskTally.Read([.. tasks.Select(task => tallies[task])]);
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

    // Null where no task of the pass has a share in the objective.
    private TorchTensor? Loss(Derivative derivative, int[] tasks, Dictionary<int, TaskTally> tallies, List<(int Task, TallySums Sums)> sums, Dictionary<int, long> examples)
    {
        IReadOnlyList<TaskScores>? values = derivative.LooksAtValues ? derivative.Values ?? TaskTally.Read([.. tasks.Select(task => tallies[task])]) : null;
        IReadOnlyList<IReadOnlyList<double>> weights = values is null
            ? derivative.Objective.TaskWeights([.. tasks.Select(task => _options.Tasks[task].Name)])
            : derivative.Objective.TaskWeights(values);
        TorchTensor[] shares = [.. sums.Select(each => (each.Sums, each.Task, Place: Array.IndexOf(tasks, each.Task))).Where(each => weights[each.Place].Any(weight => weight != 0))
            .Select(each => each.Sums.Share(
                _options.Scores,
                derivative.Objective.Terms.Select((term, i) => (term.Score, weights[each.Place][i])),
                examples[each.Task],
                values?[each.Place].MeanPrediction))];
        if (shares.Length == 0)
        {
            return null;
        }

        using TorchTensor stacked = TorchLibrary.Call("stack", shares);
        Array.ForEach(shares, share => share.Dispose());
        return TorchLibrary.Call("sum", stacked);
    }

    private TaskOutputs Compared(ExampleSegment segment, TorchTensor[] outputs)
    {
        TorchTensor?[]? expert = _experts.Of(segment);
        TorchBatches data = _forward.Data(segment);
        return new TaskOutputs
        {
            Logits = outputs[0],
            Features = outputs[1..],
            Examples = segment.Count,
            Labels = data.Rows(segment, data.Labels),
            Tokens = _tokens < 0 ? null : data.Rows(segment, data.Tokens(_tokens)),
            ExpertLogits = data.Rows(segment, expert?[0]),
            ExpertFeatures = expert is null ? [] : [.. expert[1..].Select(feature => data.Rows(segment, feature)!)],
        };
    }

    private sealed record Derivative(Objective Objective, GradientWatch Watch, IGradientSink Sink, bool LooksAtValues, IReadOnlyList<TaskScores>? Values);
}
