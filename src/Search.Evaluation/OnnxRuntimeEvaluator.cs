using System.Diagnostics;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>
/// Scores merged weights with onnxruntime. The graph's weights are inputs of sessions that serve every candidate; a weight set's buffers
/// are bound where they lie. A forward pass takes up to a batch of examples, of whichever tasks, through the part of the graph that tasks
/// share; only the task-specific part runs for each task alone. A task without data of a role is left out of that role's result.
/// </summary>
public sealed class OnnxRuntimeEvaluator : IPartialEvaluator
{
    private readonly EvaluatorOptions _options;
    private readonly OnnxRuntimeLibrary _library;
    private readonly FedGraph _graph;
    private readonly ExamplePasses _examples;
    private readonly OrtForward _forward;
    private readonly OrtExperts _experts;
    private readonly FeedTable<WeightFeed> _weights;
    private readonly string[] _nodes;

    /// <summary>Rewrites the graph, checks every batch file's header, reads the private tensors and builds the sessions.</summary>
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
        _options = options;
        _library = library;
        OnnxGraph graph = OnnxGraph.Load(options.GraphPath);
        _nodes = [.. options.Scores.Select(score => score.Node).OfType<string>().Distinct()];
        _graph = GraphRewriter.Rewrite(graph, GraphBinder.Bind(graph, layout, options, OrtElementType.Float, OrtElementType.Float16), _nodes);
        DataInputs.Check(options.GraphPath, _graph.DataInputs, options.Inputs);
        string? tokens = DataInputs.FindTokens(options.GraphPath, _graph.DataInputs, options.Scores);
        _examples = new ExamplePasses(options, _graph.DataInputs);
        try
        {
            var model = new OrtModel(library, _graph, [_graph.Output, .. _graph.Features], options.Device, new OrtSessionSettings
            {
                Threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads,
                ExternalDataFolder = graph.Initializers.Values.Any(OnnxTensorData.IsExternal) ? Path.GetDirectoryName(Path.GetFullPath(options.GraphPath)) : null,
            });
            Device = model.Device;
            _forward = new OrtForward(library, options, _graph, _examples, tokens, model);
        }
        catch (Exception exception)
        {
            _examples.Dispose();
            if (exception is NativeException)
            {
                throw new SearchException($"{options.GraphPath}: {exception.Message}", exception);
            }

            throw;
        }

        _experts = new OrtExperts(library, options, layout, _graph.Binding.Merged, _examples, _forward);
        _weights = new FeedTable<WeightFeed>(layout, weights => new WeightFeed(library, weights, _graph.Binding.Merged));
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
    public IReadOnlyList<string> Notes => _examples.Notes;

    /// <summary>How many forward passes the shared part of the graph has made.</summary>
    internal int Passes => _forward.Passes;

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, CancellationToken cancellationToken) => Score(weights, role, null, cancellationToken);

    /// <inheritdoc />
    public EvaluationResult Evaluate(WeightSet weights, DataRole role, ExampleStretch part, CancellationToken cancellationToken) => Score(weights, role, part, cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        _weights.Dispose();
        _forward.Dispose();
        _examples.Dispose();
    }

    private EvaluationResult Score(WeightSet weights, DataRole role, ExampleStretch? part, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            WeightFeed feed = _weights.Of(weights);
            _examples.TrySharing(_forward.HasSharedPart, pass =>
            {
                _forward.Use(feed);
                return _forward.Probe(pass);
            });
            _experts.Run(role, cancellationToken);
            return Score(feed, role, part, cancellationToken);
        }
        catch (NativeException exception)
        {
            throw new EvaluationException(exception.Message, exception);
        }
        finally
        {
            // The caller's buffers are not held between calls.
            _forward.Release();
        }
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

    private EvaluationResult Score(WeightFeed feed, DataRole role, ExampleStretch? part, CancellationToken cancellationToken)
    {
        Stopwatch forward = new();
        Stopwatch objective = new();
        IReadOnlyList<PassFeed> passes = _forward.Load(role, part);
        var predictions = passes.SelectMany(pass => pass.Segments).Select(segment => segment.Segment.Task).Distinct()
            .ToDictionary(task => task, task => new PredictionScores(_options.Tasks[task].Name, _examples.BlockedExamples(task, role, part), _options.Scores));
        forward.Start();
        _forward.Use(feed);
        foreach (PassFeed pass in passes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _forward.Run(pass, (segment, outputs) =>
            {
                forward.Stop();
                objective.Start();
                AddScores(predictions[segment.Segment.Task], segment, outputs, _experts.Rows(segment.Segment));
                objective.Stop();
                forward.Start();
            });
        }

        forward.Stop();
        objective.Start();
        TaskScores[] scores = [.. predictions.Values.Select(task => task.ToTaskScores())];
        objective.Stop();
        return new EvaluationResult(scores, forward.Elapsed, objective.Elapsed);
    }

    private void AddScores(PredictionScores predictions, PassSegment part, OrtTensor[] outputs, ExpertOutputs? expert)
    {
        OrtTensor logits = outputs[0];
        (ExampleSegment segment, string task) = (part.Segment, _options.Tasks[part.Segment.Task].Name);
        int classes = logits.Shape.Count < 2 ? 0 : (int)logits.Shape[^1];
        long rows = classes == 0 ? 0 : logits.ElementCount / classes;
        if (rows == 0 || rows % segment.Count != 0 || (part.Labels.Length > 0 && part.Labels.Length != rows))
        {
            string labels = part.Labels.Length == 0 ? string.Empty : $" and {part.Labels.Length} labels";
            throw new EvaluationException(
                $"Task '{task}': output '{_graph.Output}' has the shape [{string.Join(", ", logits.Shape)}] for a batch of {segment.Count} examples{labels}; rows × classes are expected.");
        }

        predictions.Add(new PredictionBatch
        {
            Logits = OrtTensors.Floats(logits),
            Classes = classes,
            Labels = part.Labels,
            Examples = segment.Count,
            ExpertLogits = expert?.Logits,
            Tokens = part.Tokens,
            SequenceLength = part.Tokens.Length / segment.Count,
        });

        foreach ((int index, OrtTensor feature) in outputs.Skip(1).Index())
        {
            if (feature.Shape.Count == 0 || feature.Shape[0] % segment.Count != 0)
            {
                throw new EvaluationException(
                    $"Task '{task}': node '{_nodes[index]}' has the shape [{string.Join(", ", feature.Shape)}] for a batch of {segment.Count} examples; its first axis must be the examples, or they with others folded in.");
            }

            predictions.AddFeature(_nodes[index], OrtTensors.Floats(feature), expert!.Features[index], segment.Count);
        }
    }
}
