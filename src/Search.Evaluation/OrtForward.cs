using Search.Checkpoints;
using Search.Native;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>The tasks' data and task-specific tensors, and the forward passes that examples of theirs take through the model.</summary>
internal sealed class OrtForward : IDisposable
{
    private readonly OnnxRuntimeLibrary _library;
    private readonly EvaluatorOptions _options;
    private readonly FedGraph _graph;
    private readonly ExamplePasses _examples;
    private readonly string? _tokens;
    private readonly OrtModel _model;
    private readonly List<PrivateFeed> _privates = [];
    private readonly Dictionary<(DataRole Role, ExampleStretch? Part), IReadOnlyList<PassFeed>> _passes = [];

    /// <summary>Reads the private tensors.</summary>
    /// <param name="library">The library.</param>
    /// <param name="options">The tasks.</param>
    /// <param name="graph">The graph's inputs and bindings.</param>
    /// <param name="examples">The tasks' data.</param>
    /// <param name="tokens">The input that <c>next_token</c> reads, or null.</param>
    /// <param name="model">The model, owned from here on, even when this throws.</param>
    /// <exception cref="SearchException">An expert cannot be read.</exception>
    public OrtForward(OnnxRuntimeLibrary library, EvaluatorOptions options, FedGraph graph, ExamplePasses examples, string? tokens, OrtModel model)
    {
        _library = library;
        _options = options;
        _graph = graph;
        _examples = examples;
        _model = model;
        _tokens = tokens;
        try
        {
            foreach (EvaluatorTask task in options.Tasks)
            {
                _privates.Add(ReadPrivates(task.Private ?? task.Expert));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How many passes the shared part has made.</summary>
    public int Passes { get; private set; }

    /// <summary>Whether tasks share any of the graph.</summary>
    public bool HasSharedPart => _model.HasBody;

    /// <summary>A role's data, read at first use and kept.</summary>
    /// <param name="role">The role.</param>
    /// <param name="part">Which of its examples, or null for all.</param>
    /// <exception cref="ArgumentException">No task has data of the role.</exception>
    /// <exception cref="SearchException">The data cannot be read.</exception>
    public IReadOnlyList<PassFeed> Load(DataRole role, ExampleStretch? part = null)
    {
        if (_passes.TryGetValue((role, part), out IReadOnlyList<PassFeed>? known))
        {
            return known;
        }

        IReadOnlyList<PassFeed> whole = part is null ? [] : Load(role);
        List<PassFeed> passes = [];
        try
        {
            passes.AddRange(_examples.Of(role, part).Select(pass => part is null ? Read(pass) : new PassFeed(_library, whole, pass)));
        }
        catch
        {
            passes.ForEach(pass => pass.Dispose());
            throw;
        }

        foreach (BatchSet file in _examples.Files.Where(file => file.Key.Role == role).Select(file => file.Value))
        {
            file.Dispose();
        }

        _passes.Add((role, part), passes);
        return passes;
    }

    /// <summary>Feeds merged weights until others are fed or <see cref="Release"/> is called.</summary>
    /// <param name="weights">The weights.</param>
    public void Use(WeightFeed weights) => _model.Use(weights);

    /// <summary>Lets go of everything that was fed.</summary>
    public void Release() => _model.Clear();

    /// <summary>One forward pass of all its examples through the shared part, then each task's own part on its rows.</summary>
    /// <param name="pass">The examples.</param>
    /// <param name="use">Gets each task's outputs, which are disposed afterwards.</param>
    /// <param name="privates">Task-specific tensors in the place of the tasks' own, or null.</param>
    /// <exception cref="EvaluationException">An operator fails; the message names the tasks.</exception>
    public void Run(PassFeed pass, Action<PassSegment, OrtTensor[]> use, PrivateFeed? privates = null)
    {
        Dictionary<string, OrtTensor> body = Named(pass.Segments, () => _model.Body(pass.Inputs));
        Passes++;
        try
        {
            foreach (PassSegment part in pass.Segments)
            {
                OrtTensor[] outputs = Named([part], () => _model.Head(pass.Inputs, body, part.First, part.Segment.Count, pass.Examples, privates ?? _privates[part.Segment.Task]));
                try
                {
                    use(part, outputs);
                }
                finally
                {
                    Array.ForEach(outputs, output => output.Dispose());
                }
            }
        }
        finally
        {
            foreach (OrtTensor value in body.Values)
            {
                value.Dispose();
            }
        }
    }

    /// <summary>A pass whose outputs are copied, one entry a segment.</summary>
    /// <param name="pass">The examples.</param>
    public List<HostTensor[]> Probe(IReadOnlyList<ExampleSegment> pass)
    {
        using PassFeed feed = Read(pass);
        List<HostTensor[]> given = [];
        Run(feed, (_, outputs) => given.Add(Array.ConvertAll(outputs, output => new HostTensor(output.Shape, OrtTensors.Floats(output).ToArray()))));
        return given;
    }

    /// <summary>A checkpoint's task-specific tensors.</summary>
    /// <param name="expert">The checkpoint.</param>
    /// <returns>The tensors, which the caller disposes.</returns>
    public PrivateFeed ReadPrivates(Checkpoint expert) => new(_library, expert, _graph.Binding.Private);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (PassFeed pass in _passes.Values.SelectMany(passes => passes))
        {
            pass.Dispose();
        }

        _privates.ForEach(feed => feed.Dispose());
        _model.Dispose();
    }

    private PassFeed Read(IReadOnlyList<ExampleSegment> pass) => new(_library, _examples, pass, _tokens);

    private T Named<T>(IReadOnlyList<PassSegment> segments, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (NativeException exception)
        {
            string names = string.Join(", ", segments.Select(part => $"'{_options.Tasks[part.Segment.Task].Name}'"));
            throw new EvaluationException($"Task{(segments.Count == 1 ? "" : "s")} {names}: {exception.Message}", exception);
        }
    }
}
