using System.Diagnostics;
using System.Runtime.CompilerServices;
using Search.Checkpoints;
using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// Scores merged weights with libtorch and differentiates scores by them. A forward pass takes up to a batch of examples, of whichever
/// tasks, through the part of the graph that tasks share; only the task-specific part runs for each task alone. On the CPU weight sets are used where they lie.
/// </summary>
public sealed class TorchEvaluator : IGradientEvaluator
{
    private readonly WeightLayout _layout;
    private readonly EvaluatorOptions _options;
    private readonly FedGraph _graph;
    private readonly TorchModel _model;
    private readonly string[] _nodes;
    private readonly int _tokens; // which data input, or −1
    private readonly int _threads;
    private readonly int _cuda; // −1 on the CPU
    private readonly int _batchSize;
    private readonly List<string> _notes = [];
    private readonly List<TorchTensor[]> _privates = [];
    private readonly Dictionary<(int Task, DataRole Role), TorchBatches> _batches = [];
    private readonly Dictionary<(int Task, DataRole Role), TorchTensor[]> _experts = []; // logits, then features, of all examples
    private readonly ConditionalWeakTable<WeightSet, TorchWeights> _weights = [];
    private bool _tried;
    private bool _shares = true;

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

        _layout = layout;
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
        _model = new TorchModel(
            graph, [.. _graph.Binding.Merged.Select(place => place.Input)], [.. _graph.Binding.Private.Select(place => place.Input)], data, [_graph.Output, .. _graph.Features], Device);
        _batchSize = options.BatchSize;
        try
        {
            for (int task = 0; task < options.Tasks.Count; task++)
            {
                foreach ((DataRole role, string path) in options.Tasks[task].Batches)
                {
                    var file = new BatchSet(options.OpenBatches(path), _graph.DataInputs, options.Inputs, options.BatchSize);
                    _batches.Add((task, role), new TorchBatches(file, Device));
                    options.RequireLabels(file, path);
                    _batchSize = file.FixedSize ?? _batchSize; // the graph's, so the same for all
                }

                _privates.Add(ReadPrivates(options.Tasks[task].Private ?? options.Tasks[task].Expert));
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

    /// <summary>The most memory tensors took on the CUDA device, in bytes; −1 where there is none or it cannot be told.</summary>
    internal long PeakDeviceBytes => _cuda < 0 ? -1 : TorchLibrary.Memory(_cuda, reset: false).Peak;

    /// <summary>How the checkpoints' tensors were found in the graph; null when all were by name.</summary>
    public string? Binding => _graph.Binding.Summary;

    /// <inheritdoc />
    public IReadOnlyList<string> Notes => _notes;

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => Guarded(() =>
    {
        TorchLibrary.RecordGradients(false);
        using var bound = new BoundWeights(Tensors(weights), _graph.Binding.Merged);
        TrySharing(bound.Places, role);
        RunExperts(role, cancellationToken);
        return Score(bound.Places, Passes(role, null), null, cancellationToken);
    });

    /// <inheritdoc />
    public EvaluationResult EvaluateGradient(
        WeightSet weights, DataRole role, ExampleDraw? draw, Objective objective, GradientReceiver receiver, CancellationToken cancellationToken) => Guarded(() =>
    {
        TorchLibrary.RecordGradients(false);
        TorchTensor[] plain = Tensors(weights);
        using var bound = new BoundWeights(plain, _graph.Binding.Merged);
        TrySharing(bound.Places, role);
        RunExperts(role, cancellationToken);
        List<List<Segment>> passes = Passes(role, draw);
        bool looksAtValues = objective.Aggregate == Aggregation.Max || objective.Terms.Any(term => term.Score.Kind is ScoreKind.MarginalEntropy or ScoreKind.Infomax);

        // Where the derivative depends on scores of all examples, several passes need to know them beforehand.
        EvaluationResult? before = looksAtValues && passes.Count > 1 ? Score(bound.Places, passes, null, cancellationToken) : null;
        using var sink = new GradientSink(receiver, _graph.Binding.Merged);
        using var watch = new GradientWatch(sink.Receive);
        TorchTensor[] watched = [.. bound.Places.Select(watch.Watch)];
        try
        {
            TorchLibrary.RecordGradients(true);
            EvaluationResult result = Score(watched, passes, new Derivative(objective, watch, sink, looksAtValues, before?.Tasks), cancellationToken);
            return before is null ? result : result with { Forward = result.Forward + before.Forward, Objective = result.Objective + before.Objective };
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

        foreach (TorchTensor[] outputs in _experts.Values)
        {
            Array.ForEach(outputs, output => output.Dispose());
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

    private TorchTensor[] ReadPrivates(Checkpoint expert) => [.. _graph.Binding.Private.Select(place =>
    {
        TensorInfo tensor = expert.Find(place.Tensor)!;
        using TorchTensor stored = TorchTensor.Wrap<float>(TensorReader.ReadFloats(expert, tensor, 0, checked((int)tensor.ElementCount), null), [.. tensor.Shape]);
        using var bound = new BoundWeights([stored], [place with { Index = 0 }]);
        return TorchData.Moved(Device, TorchLibrary.Call("contiguous", bound.Places[0]));
    })];

    // Once a task and role: a model's memory for the time it takes, and what it gives for good.
    private void RunExperts(DataRole role, CancellationToken cancellationToken)
    {
        int[] tasks = [.. Enumerable.Range(0, _options.Tasks.Count).Where(task => _batches.ContainsKey((task, role)) && !_experts.ContainsKey((task, role)))];
        if (tasks.Length == 0 || !_options.Scores.Any(score => score.NeedsExpert))
        {
            return;
        }

        var weights = new WeightSet(_layout);
        using var tensors = new TorchWeights(weights, Device);
        foreach (int task in tasks)
        {
            EvaluatorTask known = _options.Tasks[task];
            ExpertWeights.Read(known, weights);
            tensors.Refresh();
            using var bound = new BoundWeights(tensors.Values, _graph.Binding.Merged);
            TorchTensor[] privates = ReadPrivates(known.Expert);
            List<TorchTensor[]> given = [];
            try
            {
                foreach (List<Segment> pass in Passes(role, null, task))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    given.Add(Run(bound.Places, pass, _ => privates, (_, outputs) => outputs)[0]);
                }

                foreach (TorchTensor output in given.SelectMany(outputs => outputs))
                {
                    using TorchTensor finite = TorchLibrary.Call("isfinite", output);
                    using TorchTensor all = TorchLibrary.Call("all", finite);
                    if (TorchLibrary.Number(all) == 0)
                    {
                        throw new EvaluationException($"Task '{known.Name}': its expert, {known.Expert.Path}, gives values that are not finite, so nothing can be compared with it.");
                    }
                }

                _experts.Add((task, role), [.. Enumerable.Range(0, given[0].Length).Select(output => TorchLibrary.Call("cat", given.Select(outputs => outputs[output]).ToArray()))]);
            }
            finally
            {
                given.ForEach(outputs => Array.ForEach(outputs, output => output.Dispose()));
                Array.ForEach(privates, tensor => tensor.Dispose());
            }
        }
    }

    private TorchTensor[] Tensors(WeightSet weights)
    {
        if (!_weights.TryGetValue(weights, out TorchWeights? tensors))
        {
            if (!weights.Layout.IsSameAs(_layout))
            {
                throw new ArgumentException("The weights are laid out otherwise than the evaluator was built for.", nameof(weights));
            }

            tensors = new TorchWeights(weights, Device);
            _weights.Add(weights, tensors);
        }

        tensors.Refresh();
        return tensors.Values;
    }

    // Which examples go through the graph together: as many as a batch holds, of whichever tasks follow one another.
    private List<List<Segment>> Passes(DataRole role, ExampleDraw? draw, int? only = null)
    {
        List<List<Segment>> passes = [];
        int left = 0;
        for (int task = 0; task < _options.Tasks.Count; task++)
        {
            if (!_batches.TryGetValue((task, role), out TorchBatches? batches) || (only ?? task) != task)
            {
                continue;
            }

            long[]? drawn = draw?.Of(task, batches.Examples);
            int examples = drawn?.Length ?? batches.Examples;
            if (batches.FixedSize is int size && examples % size != 0)
            {
                throw new SearchException($"{_options.GraphPath}: the graph fixes {size} examples a batch, and a step draws {examples} of each task; draw a multiple, or export the graph with a free first axis.");
            }

            for (int first = 0; first < examples;)
            {
                if (left == 0 || (first == 0 && !_shares))
                {
                    passes.Add([]);
                    left = _batchSize;
                }

                int count = Math.Min(left, examples - first);
                passes[^1].Add(new Segment(task, role, batches, first, count, drawn));
                first += count;
                left -= count;
            }
        }

        return passes.Count > 0 ? passes : throw new ArgumentException($"No task has {role} batches.", nameof(role));
    }

    // Whether examples of several tasks may go through the shared part together: tried once, on a few of them, since a graph can fold its
    // axes in any order. Where they may not, each pass takes examples of one task.
    private void TrySharing(TorchTensor[] weights, DataRole role)
    {
        if (_tried)
        {
            return;
        }

        // The same data whatever is scored first, so that a resumed run decides alike.
        role = Enumerable.Range(0, _options.Tasks.Count).All(task => _batches.ContainsKey((task, DataRole.Search))) ? DataRole.Search : role;
        Segment[] few = [.. Enumerable.Range(0, _options.Tasks.Count).Where(task => _batches.ContainsKey((task, role)))
            .Select(task => new Segment(task, role, _batches[(task, role)], 0, Math.Min(2, _batches[(task, role)].Examples), null))];
        if (few is [{ Count: 2 } only])
        {
            few = [only with { Count = 1 }, only with { First = 1, Count = 1 }];
        }

        if (few.Length < 2)
        {
            return;
        }

        _tried = true;
        _shares = false;
        if (few.Any(segment => segment.Batches.FixedSize is not null))
        {
            _notes.Add("The graph fixes how many examples a batch has, so each task has forward passes of its own.");
        }
        else if (few.Any(segment => !segment.Batches.Load().Zip(few[0].Batches.Load()).All(pair => pair.First.Sizes.AsSpan(1).SequenceEqual(pair.Second.Sizes.AsSpan(1)))))
        {
            _notes.Add("The tasks' inputs differ in shape, so each task has forward passes of its own.");
        }
        else if (!GiveTheSame(weights, few))
        {
            if (_options.Scores.FirstOrDefault(score => score.NeedsExpert) is { } compared)
            {
                throw new SearchException($"{_options.GraphPath}: {compared.Name} compares examples with the expert's one by one, and the graph does not keep examples apart along the first axis of what is compared.");
            }

            _notes.Add("The graph does not keep examples apart along its first axis, so each task has forward passes of its own.");
        }
        else
        {
            _shares = true;
        }
    }

    private bool GiveTheSame(TorchTensor[] weights, Segment[] few)
    {
        List<TorchTensor[]> together = [];
        try
        {
            together = Run(weights, [.. few], segment => _privates[segment.Task], (_, outputs) => outputs);
            for (int i = 0; i < few.Length; i++)
            {
                TorchTensor[] alone = Run(weights, [few[i]], segment => _privates[segment.Task], (_, outputs) => outputs)[0];
                bool same = alone.Zip(together[i]).All(pair => pair.First.Sizes.SequenceEqual(pair.Second.Sizes)
                    && TorchLibrary.Number("allclose", pair.First, pair.Second, 1e-3, 1e-4, true) != 0);
                Array.ForEach(alone, output => output.Dispose());
                if (!same)
                {
                    return false;
                }
            }

            return true;
        }
        catch (EvaluationException)
        {
            return false;
        }
        finally
        {
            together.ForEach(outputs => Array.ForEach(outputs, output => output.Dispose()));
        }
    }

    private EvaluationResult Score(TorchTensor[] weights, List<List<Segment>> passes, Derivative? derivative, CancellationToken cancellationToken)
    {
        Stopwatch forward = new();
        Stopwatch objective = new();
        Stopwatch backward = new();
        int[] tasks = [.. passes.SelectMany(pass => pass.Select(segment => segment.Task)).Distinct()];
        Dictionary<int, TaskTally> tallies = tasks.ToDictionary(task => task, task => new TaskTally(_options.Tasks[task].Name, _options.Scores, _nodes));
        Dictionary<int, long> examples = tasks.ToDictionary(task => task, task => passes.Sum(pass => pass.Where(segment => segment.Task == task).Sum(segment => (long)segment.Count)));
        try
        {
            foreach (List<Segment> pass in passes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                forward.Start();
                List<(int Task, TallySums Sums)> sums = Run(weights, pass, segment => _privates[segment.Task], (segment, outputs) =>
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
                        derivative.Sink.IsOnly = passes.Count == 1;
                        using TorchTensor loss = Loss(derivative, tasks, tallies, sums, examples);
                        derivative.Watch.Backward(loss);
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

    private TorchTensor Loss(Derivative derivative, int[] tasks, Dictionary<int, TaskTally> tallies, List<(int Task, TallySums Sums)> sums, Dictionary<int, long> examples)
    {
        IReadOnlyList<TaskScores>? values = derivative.LooksAtValues ? derivative.Values ?? [.. tasks.Select(task => tallies[task].Read())] : null;
        IReadOnlyList<IReadOnlyList<double>> weights = values is null
            ? derivative.Objective.TaskWeights([.. tasks.Select(task => _options.Tasks[task].Name)])
            : derivative.Objective.TaskWeights(values);
        TorchTensor[] shares = [.. sums.Select(each =>
        {
            int place = Array.IndexOf(tasks, each.Task);
            return each.Sums.Share(
                _options.Scores, derivative.Objective.Terms.Select((term, i) => (term.Score, weights[place][i])), examples[each.Task], values?[place].MeanPrediction);
        })];
        using TorchTensor stacked = TorchLibrary.Call("stack", shares);
        Array.ForEach(shares, share => share.Dispose());
        return TorchLibrary.Call("sum", stacked);
    }

    // One forward pass of all its examples through the shared part, then each task's own part on its rows.
    private List<T> Run<T>(TorchTensor[] weights, List<Segment> pass, Func<Segment, TorchTensor[]> privates, Func<Segment, TorchTensor[], T> use)
    {
        TorchTensor[] data = Inputs(pass);
        TorchTensor[] body = [];
        TorchTensor[] outputs = [];
        List<T> results = [];
        try
        {
            body = _model.Body(weights, data);
            int first = 0;
            foreach (Segment segment in pass)
            {
                outputs = _model.Head(body, first, segment.Count, pass.Sum(each => each.Count), weights, privates(segment));
                results.Add(use(segment, outputs));
                first += segment.Count;
            }

            return results;
        }
        catch
        {
            // What is left to the collector would keep the memory that may have run out.
            Array.ForEach(outputs, output => output.Dispose());
            results.OfType<(int Task, TallySums Sums)>().ToList().ForEach(result => result.Sums.Dispose());
            results.OfType<TorchTensor[]>().ToList().ForEach(result => Array.ForEach(result, tensor => tensor.Dispose()));
            throw;
        }
        finally
        {
            Array.ForEach(data, tensor => tensor.Dispose());
            Array.ForEach(body, tensor => tensor.Dispose());
        }
    }

    private TaskOutputs Compared(Segment segment, TorchTensor[] outputs)
    {
        TorchTensor[]? expert = _experts.GetValueOrDefault((segment.Task, segment.Role));
        return new TaskOutputs
        {
            Logits = outputs[0],
            Features = outputs[1..],
            Examples = segment.Count,
            Labels = segment.Rows(segment.Batches.Labels),
            Tokens = _tokens < 0 ? null : segment.Rows(segment.Batches.Tokens(_tokens)),
            ExpertLogits = segment.Rows(expert?[0]),
            ExpertFeatures = expert is null ? [] : [.. expert[1..].Select(feature => segment.Rows(feature)!)],
        };
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
    private sealed record Segment(int Task, DataRole Role, TorchBatches Batches, int First, int Count, long[]? Drawn)
    {
        // Several rows may belong to an example: then they follow one another.
        public TorchTensor? Rows(TorchTensor? all)
        {
            if (all is null)
            {
                return null;
            }

            long each = all.Sizes[0] / Batches.Examples;
            if (Drawn is null)
            {
                return TorchLibrary.Call("narrow", all, 0L, First * each, Count * each);
            }

            using TorchTensor host = TorchData.Of([.. Drawn.Skip(First).Take(Count).SelectMany(row => Enumerable.Range(0, (int)each).Select(i => (row * each) + i))]);
            using TorchTensor rows = TorchData.OnDeviceOf(all, host);
            return TorchLibrary.Call("index_select", all, 0L, rows);
        }
    }

    private sealed record Derivative(Objective Objective, GradientWatch Watch, GradientSink Sink, bool LooksAtValues, IReadOnlyList<TaskScores>? Values);
}
