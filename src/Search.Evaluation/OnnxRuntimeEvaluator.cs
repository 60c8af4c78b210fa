using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Search.Checkpoints;
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
    private readonly EvaluatorOptions _options;
    private readonly OnnxRuntimeLibrary _library;
    private readonly FedGraph _graph;
    private readonly OrtSession _session;
    private readonly OrtBinding _binding;
    private readonly List<PrivateFeed> _privates = [];
    private readonly Dictionary<(int Task, DataRole Role), TaskBatches> _batches = [];
    private readonly ConditionalWeakTable<WeightSet, WeightFeed> _weights = [];
    private readonly Dictionary<(int Task, DataRole Role), IReadOnlyList<ExpertOutputs>> _experts = [];
    private readonly string[] _nodes;
    private readonly string[] _outputs;
    private readonly string? _tokens;

    /// <summary>Rewrites the graph, checks every batch file's header, reads the private tensors and builds the session.</summary>
    /// <param name="layout">The merged weights' names and shapes.</param>
    /// <param name="options">What to score, and how.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    /// <exception cref="SearchException">The library, the graph, an expert or a batch file does not fit; the message says which and how.</exception>
    public OnnxRuntimeEvaluator(WeightLayout layout, EvaluatorOptions options)
        : this(layout, options, LoadLibrary())
    {
    }

    /// <summary>Builds the evaluator on a library that is already loaded.</summary>
    /// <param name="layout">The merged weights' names and shapes.</param>
    /// <param name="options">What to score, and how.</param>
    /// <param name="library">The library.</param>
    internal OnnxRuntimeEvaluator(WeightLayout layout, EvaluatorOptions options, OnnxRuntimeLibrary library)
    {
        options.Validate(layout);
        _layout = layout;
        _options = options;
        _library = library;
        OnnxGraph graph = OnnxGraph.Load(options.GraphPath);
        _nodes = [.. options.Scores.Select(score => score.Node).OfType<string>().Distinct()];
        _graph = GraphRewriter.Rewrite(graph, GraphBinder.Bind(graph, layout, options, OrtElementType.Float, OrtElementType.Float16), _nodes);
        DataInputs.Check(options.GraphPath, _graph.DataInputs, options.Inputs);
        _tokens = DataInputs.FindTokens(options.GraphPath, _graph.DataInputs, options.Scores);
        _outputs = [.. _graph.Features.Prepend(_graph.Output).Distinct()];
        try
        {
            OpenFiles();
            (_session, Device) = OnnxRuntimeDevice.CreateSession(library, options.Device, _graph.Model.Span, new OrtSessionSettings
            {
                Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
                ExternalDataFolder = graph.Initializers.Values.Any(OnnxTensorData.IsExternal) ? Path.GetDirectoryName(Path.GetFullPath(options.GraphPath)) : null,
            });
            _binding = _session.CreateBinding();
            Array.ForEach(_outputs, _binding.BindOutput);
            foreach (EvaluatorTask task in options.Tasks)
            {
                _privates.Add(new PrivateFeed(library, task.Private ?? task.Expert, _graph.Binding.Private));
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
            if (_options.Scores.Any(score => score.NeedsExpert))
            {
                RunExperts([.. tasks.Where(task => !_experts.ContainsKey((task, role)))], role, cancellationToken);
            }

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

    private void OpenFiles()
    {
        for (int task = 0; task < _options.Tasks.Count; task++)
        {
            foreach ((DataRole role, string path) in _options.Tasks[task].Batches)
            {
                BatchSet file = new(_options.OpenBatches(path), _graph.DataInputs, _options.Inputs, _options.BatchSize);
                _batches.Add((task, role), new TaskBatches(_library, file));
                _options.RequireLabels(file, path);
            }
        }
    }

    private WeightFeed Feed(WeightSet weights)
    {
        if (!_weights.TryGetValue(weights, out WeightFeed? feed))
        {
            if (!weights.Layout.IsSameAs(_layout))
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
            PredictionScores predictions = new(_options.Tasks[task].Name, _options.Scores);
            _privates[task].BindTo(_binding);
            IReadOnlyList<BatchFeed> batches = _batches[(task, role)].Load();
            for (int i = 0; i < batches.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                forward.Start();
                using ModelOutputs outputs = Forward(task, batches[i]);
                forward.Stop();
                objective.Start();
                AddScores(predictions, task, outputs, batches[i], _experts.GetValueOrDefault((task, role))?[i]);
                objective.Stop();
            }

            scores.Add(predictions.ToTaskScores());
        }

        return new EvaluationResult(scores, forward.Elapsed, objective.Elapsed);
    }

    // Once a task and role: a model's memory for the time it takes, and what it gives for good.
    private void RunExperts(int[] tasks, DataRole role, CancellationToken cancellationToken)
    {
        if (tasks.Length == 0)
        {
            return;
        }

        bool logits = _options.Scores.Any(score => score is { NeedsExpert: true, IsFeature: false });
        WeightSet weights = new(_layout);
        using WeightFeed feed = new(_library, weights, _graph.Binding.Merged);
        foreach (int task in tasks)
        {
            Checkpoint expert = _options.Tasks[task].Expert;
            ExpertWeights.Read(_options.Tasks[task], weights);
            feed.Refresh();
            feed.BindTo(_binding);
            using PrivateFeed privates = new(_library, expert, _graph.Binding.Private);
            privates.BindTo(_binding);
            List<ExpertOutputs> given = [];
            foreach (BatchFeed batch in _batches[(task, role)].Load())
            {
                cancellationToken.ThrowIfCancellationRequested();
                using ModelOutputs outputs = Forward(task, batch);
                given.Add(new ExpertOutputs(logits ? ModelOutputs.Floats(outputs.Logits).ToArray() : [], [.. outputs.Features.Select(feature => ModelOutputs.Floats(feature).ToArray())]));
                if (given[^1].Features.Prepend(given[^1].Logits).Any(values => !TensorPrimitives.IsFiniteAll<float>(values)))
                {
                    throw new EvaluationException($"Task '{_options.Tasks[task].Name}': its expert, {expert.Path}, gives values that are not finite, so nothing can be compared with it.");
                }
            }

            _experts.Add((task, role), given);
        }
    }

    private ModelOutputs Forward(int task, BatchFeed batch)
    {
        try
        {
            batch.BindTo(_binding);
            _session.Run(_binding);
            return new ModelOutputs(_binding.TakeOutputs(), [.. _graph.Features.Select(feature => Array.IndexOf(_outputs, feature))]);
        }
        catch (NativeException exception)
        {
            throw new EvaluationException($"Task '{_options.Tasks[task].Name}': {exception.Message}", exception);
        }
    }

    private void AddScores(PredictionScores predictions, int task, ModelOutputs outputs, BatchFeed batch, ExpertOutputs? expert)
    {
        OrtTensor logits = outputs.Logits;
        int classes = logits.Shape.Count < 2 ? 0 : (int)logits.Shape[^1];
        long rows = classes == 0 ? 0 : logits.ElementCount / classes;
        if (rows == 0 || rows % batch.Examples != 0 || (batch.Labels.Length > 0 && batch.Labels.Length != rows))
        {
            string labels = batch.Labels.Length == 0 ? string.Empty : $" and {batch.Labels.Length} labels";
            throw new EvaluationException(
                $"Task '{_options.Tasks[task].Name}': output '{_graph.Output}' has the shape [{string.Join(", ", logits.Shape)}] for a batch of {batch.Examples} examples{labels}; rows × classes are expected.");
        }

        int[] tokens = _tokens is null ? [] : batch.Tokens(_tokens);
        predictions.Add(new PredictionBatch
        {
            Logits = ModelOutputs.Floats(logits),
            Classes = classes,
            Labels = batch.Labels,
            ExpertLogits = expert?.Logits,
            Tokens = tokens,
            SequenceLength = tokens.Length / batch.Examples,
        });

        foreach ((int index, OrtTensor feature) in outputs.Features.Index())
        {
            if (feature.Shape.Count == 0 || feature.Shape[0] % batch.Examples != 0)
            {
                throw new EvaluationException(
                    $"Task '{_options.Tasks[task].Name}': node '{_nodes[index]}' has the shape [{string.Join(", ", feature.Shape)}] for a batch of {batch.Examples} examples; its first axis must be the examples, or they with others folded in.");
            }

            predictions.AddFeature(_nodes[index], ModelOutputs.Floats(feature), expert!.Features[index], batch.Examples);
        }
    }
}
