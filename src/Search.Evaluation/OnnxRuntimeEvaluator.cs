using System.Diagnostics;
using System.Runtime.CompilerServices;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>
/// Scores merged weights with onnxruntime. The graph's weights are inputs of one session that serves every candidate; a weight set's
/// buffers are bound where they lie. A task without data of a role is left out of that role's result.
/// </summary>
public sealed class OnnxRuntimeEvaluator : IEvaluator
{
    private readonly WeightLayout _layout;
    private readonly OnnxRuntimeEvaluatorOptions _options;
    private readonly OnnxRuntimeLibrary _library;
    private readonly FedGraph _graph;
    private readonly OrtSession _session;
    private readonly OrtBinding _binding;
    private readonly List<PrivateFeed> _privates = [];
    private readonly Dictionary<(int Task, DataRole Role), TaskBatches> _batches = [];
    private readonly ConditionalWeakTable<WeightSet, WeightFeed> _weights = [];

    /// <summary>Rewrites the graph, checks every batch file's header, reads the private tensors and builds the session.</summary>
    /// <param name="layout">The merged weights' names and shapes.</param>
    /// <param name="options">What to score, and how.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    /// <exception cref="SearchException">The library, the graph, an expert or a batch file does not fit; the message says which and how.</exception>
    public OnnxRuntimeEvaluator(WeightLayout layout, OnnxRuntimeEvaluatorOptions options)
        : this(layout, options, LoadLibrary())
    {
    }

    /// <summary>Builds the evaluator on a library that is already loaded.</summary>
    /// <param name="layout">The merged weights' names and shapes.</param>
    /// <param name="options">What to score, and how.</param>
    /// <param name="library">The library.</param>
    internal OnnxRuntimeEvaluator(WeightLayout layout, OnnxRuntimeEvaluatorOptions options, OnnxRuntimeLibrary library)
    {
        Validate(layout, options);
        _layout = layout;
        _options = options;
        _library = library;
        OnnxGraph graph = OnnxGraph.Load(options.GraphPath);
        _graph = GraphRewriter.Rewrite(graph, GraphBinder.Bind(graph, layout, options, OrtElementType.Float, OrtElementType.Float16));
        CheckDataInputs();
        try
        {
            OpenFiles();
            (_session, Device) = OnnxRuntimeDevice.CreateSession(library, options.Device, _graph.Model.Span, new OrtSessionSettings
            {
                Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
                ExternalDataFolder = graph.Initializers.Values.Any(OnnxTensorData.IsExternal) ? Path.GetDirectoryName(Path.GetFullPath(options.GraphPath)) : null,
            });
            _binding = _session.CreateBinding();
            _binding.BindOutput(_graph.Output);
            foreach (EvaluatorTask task in options.Tasks)
            {
                _privates.Add(new PrivateFeed(library, task, _graph.Binding.Private));
            }
        }
        catch (Exception exception)
        {
            Dispose();
            if (exception is NativeException)
            {
                throw new SearchException($"{options.GraphPath}: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <inheritdoc />
    public string Engine => "onnxruntime";

    /// <inheritdoc />
    public string Device { get; }

    /// <inheritdoc />
    public string Version => _library.Version;

    /// <summary>How the checkpoints' tensors were found in the graph; null when all were by name.</summary>
    public string? Binding => _graph.Binding.Summary;

    /// <summary>Float tensors of the graph that no checkpoint replaces: every candidate has the graph's own values in them.</summary>
    public IReadOnlyList<string> Constants => _graph.Constants;

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int[] tasks = [.. Enumerable.Range(0, _options.Tasks.Count).Where(task => _batches.ContainsKey((task, role)))];
        if (tasks.Length == 0)
        {
            throw new ArgumentException($"No task has {role} batches.", nameof(role));
        }

        Array.ForEach(tasks, task => _batches[(task, role)].Load());
        try
        {
            return Score(tasks, role, Feed(weights), cancellationToken);
        }
        catch (NativeException exception)
        {
            throw new EvaluationException(exception.Message, exception);
        }
        finally
        {
            // The caller's buffers are not held between calls.
            _binding.ClearInputs();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (KeyValuePair<WeightSet, WeightFeed> feed in _weights)
        {
            feed.Value.Dispose();
        }

        _weights.Clear();
        _privates.ForEach(feed => feed.Dispose());
        foreach (TaskBatches batches in _batches.Values)
        {
            batches.Dispose();
        }

        _binding?.Dispose();
        _session?.Dispose();
    }

    private static OnnxRuntimeLibrary LoadLibrary()
    {
        try
        {
            return OnnxRuntimeLibrary.Load();
        }
        catch (NativeException exception)
        {
            throw new SearchException(exception.Message, exception);
        }
    }

    private static void Validate(WeightLayout layout, OnnxRuntimeEvaluatorOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads, nameof(options));
        if (options.Tasks.Count == 0)
        {
            throw new ArgumentException("At least one task is needed.", nameof(options));
        }

        if (options.Inputs.FirstOrDefault(map => !double.IsFinite(map.Value.Scale) || !double.IsFinite(map.Value.Offset)) is { Key: not null } broken)
        {
            throw new ArgumentException($"The map of input '{broken.Key}' must be finite, but it is {broken.Value}.", nameof(options));
        }

        if (layout.Tensors.Select(tensor => tensor.Name).Intersect(options.PrivateTensors, StringComparer.Ordinal).FirstOrDefault() is string both)
        {
            throw new ArgumentException($"Tensor '{both}' is both merged and private.", nameof(options));
        }
    }

    private static bool SameLayout(WeightLayout a, WeightLayout b) =>
        ReferenceEquals(a, b)
        || (a.Tensors.Count == b.Tensors.Count && a.Tensors.Zip(b.Tensors).All(pair => pair.First.Name == pair.Second.Name && pair.First.Shape.SequenceEqual(pair.Second.Shape)));

    private void CheckDataInputs()
    {
        if (_graph.DataInputs.Count == 0)
        {
            throw new SearchException($"{_options.GraphPath}: every input of the graph is a weight, so there is nothing to feed batches to.");
        }

        foreach (GraphInput input in _graph.DataInputs)
        {
            if (!TensorTypes.IsFloat(input.Type) && !TensorTypes.Widens(Checkpoints.TensorType.Bool, input.Type))
            {
                throw new SearchException($"{_options.GraphPath}: input '{input.Name}' takes {TensorTypes.Name(input.Type)}, which batches cannot feed.");
            }
        }

        foreach (string name in _options.Inputs.Keys)
        {
            GraphInput input = _graph.DataInputs.FirstOrDefault(each => each.Name == name) ?? throw new SearchException(
                $"{_options.GraphPath}: the map for input '{name}' has no input to go to{NearestName.Hint(name, _graph.DataInputs.Select(each => each.Name))}.");
            if (!TensorTypes.IsFloat(input.Type))
            {
                throw new SearchException($"{_options.GraphPath}: input '{name}' takes {TensorTypes.Name(input.Type)}; scale and offset are for floating-point inputs.");
            }
        }
    }

    private void OpenFiles()
    {
        for (int task = 0; task < _options.Tasks.Count; task++)
        {
            foreach ((DataRole role, string path) in _options.Tasks[task].Batches)
            {
                BatchSet file = new(_options.OpenBatches(path), _graph.DataInputs, _options.Inputs, _options.BatchSize);
                _batches.Add((task, role), new TaskBatches(_library, file));
            }
        }
    }

    private WeightFeed Feed(WeightSet weights)
    {
        if (!_weights.TryGetValue(weights, out WeightFeed? feed))
        {
            if (!SameLayout(weights.Layout, _layout))
            {
                throw new ArgumentException("The weights are laid out otherwise than the evaluator was built for.", nameof(weights));
            }

            feed = new WeightFeed(_library, weights, _graph.Binding.Merged);
            _weights.Add(weights, feed);
        }

        feed.Refresh();
        return feed;
    }

    private EvaluationResult Score(int[] tasks, DataRole role, WeightFeed feed, CancellationToken cancellationToken)
    {
        Stopwatch forward = new();
        Stopwatch objective = new();
        List<TaskScores> scores = [];
        forward.Start();
        feed.BindTo(_binding);
        forward.Stop();
        foreach (int task in tasks)
        {
            PredictionScores predictions = new(_options.Tasks[task].Name);
            _privates[task].BindTo(_binding);
            foreach (BatchFeed batch in _batches[(task, role)].Load())
            {
                cancellationToken.ThrowIfCancellationRequested();
                forward.Start();
                using OrtTensor logits = Forward(task, batch);
                forward.Stop();
                objective.Start();
                AddScores(predictions, task, logits, batch);
                objective.Stop();
            }

            scores.Add(predictions.ToTaskScores());
        }

        return new EvaluationResult(scores, forward.Elapsed, objective.Elapsed);
    }

    private OrtTensor Forward(int task, BatchFeed batch)
    {
        try
        {
            batch.BindTo(_binding);
            _session.Run(_binding);
            return _binding.TakeOutputs()[0];
        }
        catch (NativeException exception)
        {
            throw new EvaluationException($"Task '{_options.Tasks[task].Name}': {exception.Message}", exception);
        }
    }

    private void AddScores(PredictionScores predictions, int task, OrtTensor logits, BatchFeed batch)
    {
        int classes = logits.Shape.Count < 2 ? 0 : (int)logits.Shape[^1];
        long rows = classes == 0 ? 0 : logits.ElementCount / classes;
        if (rows == 0 || rows % batch.Examples != 0 || (batch.Labels.Length > 0 && batch.Labels.Length != rows))
        {
            string labels = batch.Labels.Length == 0 ? string.Empty : $" and {batch.Labels.Length} labels";
            throw new EvaluationException(
                $"Task '{_options.Tasks[task].Name}': output '{_graph.Output}' has the shape [{string.Join(", ", logits.Shape)}] for a batch of {batch.Examples} examples{labels}; rows × classes are expected.");
        }

        predictions.Add(Floats(logits), classes, batch.Labels);
    }

    private static ReadOnlySpan<float> Floats(OrtTensor logits) => logits.Type switch
    {
        OrtElementType.Float => logits.Read<float>(),
        OrtElementType.Float16 => Array.ConvertAll(logits.Read<Half>().ToArray(), value => (float)value),
        OrtElementType.Double => Array.ConvertAll(logits.Read<double>().ToArray(), value => (float)value),
        _ => throw new EvaluationException($"The graph's logits hold {TensorTypes.Name(logits.Type)}; floating-point numbers are expected."),
    };
}
