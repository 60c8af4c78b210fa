using Search.Checkpoints;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>The tasks' data and task-specific tensors, and the forward passes that examples of theirs take through the model.</summary>
internal sealed class TorchForward : IDisposable
{
    private readonly EvaluatorOptions _options;
    private readonly FedGraph _graph;
    private readonly TorchModel _model;
    private readonly string _device;
    private readonly int _batchSize;
    private readonly List<string> _notes = [];
    private readonly List<TorchTensor[]> _privates = [];
    private readonly Dictionary<(int Task, DataRole Role), TorchBatches> _batches = [];
    private bool _tried;
    private bool _shares = true;

    /// <summary>Checks every batch file's header and reads the private tensors.</summary>
    /// <param name="options">The tasks and what is scored.</param>
    /// <param name="graph">The graph's inputs and bindings.</param>
    /// <param name="model">The model, owned from here on, even when this throws.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="SearchException">An expert or a batch file does not fit.</exception>
    public TorchForward(EvaluatorOptions options, FedGraph graph, TorchModel model, string device)
    {
        _options = options;
        _graph = graph;
        _model = model;
        _device = device;
        _batchSize = options.BatchSize;
        try
        {
            for (int task = 0; task < options.Tasks.Count; task++)
            {
                foreach ((DataRole role, string path) in options.Tasks[task].Batches)
                {
                    var file = new BatchSet(options.OpenBatches(path), graph.DataInputs, options.Inputs, options.BatchSize);
                    _batches.Add((task, role), new TorchBatches(file, device));
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

    /// <summary>What a person should know of how this graph runs, one sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether a task has data of a role.</summary>
    /// <param name="task">The task's index.</param>
    /// <param name="role">The role.</param>
    public bool Has(int task, DataRole role) => _batches.ContainsKey((task, role));

    /// <summary>Which examples go through the graph together: as many as a batch holds, of whichever tasks follow one another.</summary>
    /// <param name="role">The role of the data.</param>
    /// <param name="draw">Which examples, or null for all.</param>
    /// <param name="only">The one task wanted, or null for all.</param>
    /// <exception cref="ArgumentException">No task has data of the role.</exception>
    public List<List<ExampleSegment>> Passes(DataRole role, ExampleDraw? draw, int? only = null)
    {
        List<List<ExampleSegment>> passes = [];
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
                passes[^1].Add(new ExampleSegment(task, role, batches, first, count, drawn));
                first += count;
                left -= count;
            }
        }

        return passes.Count > 0 ? passes : throw new ArgumentException($"No task has {role} batches.", nameof(role));
    }

    /// <summary>One forward pass of all its examples through the shared part, then each task's own part on its rows.</summary>
    /// <typeparam name="T">What is made of a task's outputs.</typeparam>
    /// <param name="weights">The merged weights as the graph takes them.</param>
    /// <param name="pass">The examples.</param>
    /// <param name="use">Gets each task's outputs, which it disposes or returns.</param>
    /// <param name="privates">Task-specific tensors in the place of the tasks' own, or null.</param>
    /// <returns>What was made, one entry a segment.</returns>
    public List<T> Run<T>(TorchTensor[] weights, List<ExampleSegment> pass, Func<ExampleSegment, TorchTensor[], T> use, TorchTensor[]? privates = null)
    {
        TorchTensor[] data = Inputs(pass);
        TorchTensor[] body = [];
        TorchTensor[] outputs = [];
        List<T> results = [];
        try
        {
            body = _model.Body(weights, data);
            int first = 0;
            foreach (ExampleSegment segment in pass)
            {
                outputs = _model.Head(body, first, segment.Count, pass.Sum(each => each.Count), weights, privates ?? _privates[segment.Task]);
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

    /// <summary>
    /// Finds out whether examples of several tasks may go through the shared part together: tried once, on a few of them, since a graph can
    /// fold its axes in any order. Where they may not, each pass takes examples of one task.
    /// </summary>
    /// <param name="weights">Merged weights to try it with.</param>
    /// <param name="role">The role that is to be scored.</param>
    /// <exception cref="SearchException">A score compares examples one by one, and what it compares does not have them along its first axis.</exception>
    public void TrySharing(TorchTensor[] weights, DataRole role)
    {
        if (_tried)
        {
            return;
        }

        // The same data whatever is scored first, so that a resumed run decides alike.
        role = Enumerable.Range(0, _options.Tasks.Count).All(task => _batches.ContainsKey((task, DataRole.Search))) ? DataRole.Search : role;
        ExampleSegment[] few = [.. Enumerable.Range(0, _options.Tasks.Count).Where(task => _batches.ContainsKey((task, role)))
            .Select(task => new ExampleSegment(task, role, _batches[(task, role)], 0, Math.Min(2, _batches[(task, role)].Examples), null))];
        if (_options.Scores.FirstOrDefault(score => score.NeedsExpert) is { } compared && few.FirstOrDefault(segment => segment is { Count: 2, Batches.FixedSize: null }) is { } pair && !OutputsAreByExample(weights, pair))
        {
            throw new SearchException($"{_options.GraphPath}: {compared.Name} compares each example with the expert's, and what it compares does not have the examples along its first axis.");
        }

        _tried = true;
        if (few.Length < 2)
        {
            return;
        }

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
            _notes.Add("The graph does not keep examples apart along its first axis, so each task has forward passes of its own.");
        }
        else
        {
            _shares = true;
        }
    }

    /// <summary>A checkpoint's task-specific tensors as the graph takes them.</summary>
    /// <param name="expert">The checkpoint.</param>
    /// <returns>The tensors, which the caller disposes.</returns>
    public TorchTensor[] ReadPrivates(Checkpoint expert) => [.. _graph.Binding.Private.Select(place =>
    {
        TensorInfo tensor = expert.Find(place.Tensor)!;
        using TorchTensor stored = TorchTensor.Wrap<float>(TensorReader.ReadFloats(expert, tensor, 0, checked((int)tensor.ElementCount), null), [.. tensor.Shape]);
        using var bound = new BoundWeights([stored], [place with { Index = 0 }]);
        return TorchData.Moved(_device, TorchLibrary.Call("contiguous", bound.Places[0]));
    })];

    /// <inheritdoc />
    public void Dispose()
    {
        _privates.ForEach(tensors => Array.ForEach(tensors, tensor => tensor.Dispose()));
        foreach (TorchBatches batches in _batches.Values)
        {
            batches.Dispose();
        }

        _model.Dispose();
    }

    // Whether the first half of what two examples give together is what the first of them gives alone.
    private bool OutputsAreByExample(TorchTensor[] weights, ExampleSegment pair)
    {
        TorchTensor[] together = Run(weights, [pair], (_, outputs) => outputs)[0];
        TorchTensor[] alone = Run(weights, [pair with { Count = 1 }], (_, outputs) => outputs)[0];
        try
        {
            return together.Zip(alone).All(outputs =>
            {
                if (outputs.First.Sizes is not [long rows, ..] || rows % 2 != 0)
                {
                    return false;
                }

                using TorchTensor half = TorchLibrary.Call("narrow", outputs.First, 0L, 0L, rows / 2);
                return AreTheSame(half, outputs.Second);
            });
        }
        finally
        {
            Array.ForEach([.. together, .. alone], output => output.Dispose());
        }
    }

    private static bool AreTheSame(TorchTensor a, TorchTensor b) => a.Sizes.SequenceEqual(b.Sizes) && TorchLibrary.Number("allclose", a, b, 1e-3, 1e-4, true) != 0;

    private bool GiveTheSame(TorchTensor[] weights, ExampleSegment[] few)
    {
        List<TorchTensor[]> together = [];
        try
        {
            together = Run(weights, [.. few], (_, outputs) => outputs);
            for (int i = 0; i < few.Length; i++)
            {
                TorchTensor[] alone = Run(weights, [few[i]], (_, outputs) => outputs)[0];
                bool same = alone.Zip(together[i]).All(pair => AreTheSame(pair.First, pair.Second));
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

    private TorchTensor[] Inputs(List<ExampleSegment> pass) => [.. Enumerable.Range(0, _graph.DataInputs.Count).Select(input =>
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
}
