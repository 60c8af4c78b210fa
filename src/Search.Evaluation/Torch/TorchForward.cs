using Search.Checkpoints;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>The tasks' data and task-specific tensors, and the forward passes that examples of theirs take through the model.</summary>
internal sealed class TorchForward : IDisposable
{
    private readonly FedGraph _graph;
    private readonly TorchModel _model;
    private readonly string _device;
    private readonly List<TorchTensor[]> _privates = [];
    private readonly Dictionary<(int Task, DataRole Role), TorchBatches> _batches;

    /// <summary>Reads the private tensors.</summary>
    /// <param name="options">The tasks.</param>
    /// <param name="graph">The graph's inputs and bindings.</param>
    /// <param name="examples">The tasks' data.</param>
    /// <param name="model">The model, owned from here on, even when this throws.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="SearchException">An expert cannot be read.</exception>
    public TorchForward(EvaluatorOptions options, FedGraph graph, ExamplePasses examples, TorchModel model, string device)
    {
        _graph = graph;
        _model = model;
        _device = device;
        _batches = examples.Files.ToDictionary(file => file.Key, file => new TorchBatches(file.Value, device));
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

    /// <summary>The data that a segment is of.</summary>
    /// <param name="segment">Some of a task's examples.</param>
    public TorchBatches Data(ExampleSegment segment) => _batches[(segment.Task, segment.Role)];

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
            Passes++;
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

    /// <summary>A pass whose outputs are brought to the host, one entry a segment.</summary>
    /// <param name="weights">The merged weights as the graph takes them.</param>
    /// <param name="pass">The examples.</param>
    public List<HostTensor[]> Probe(TorchTensor[] weights, List<ExampleSegment> pass) => Run(weights, pass, (_, outputs) => Array.ConvertAll(outputs, output =>
    {
        using (output)
        {
            using TorchTensor host = TorchData.OnHost(output, TorchType.Float32);
            return new HostTensor(output.Sizes, host.Read<float>().ToArray());
        }
    }));

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

    private TorchTensor[] Inputs(List<ExampleSegment> pass) => [.. Enumerable.Range(0, _graph.DataInputs.Count).Select(input =>
    {
        TorchTensor[] parts = [.. pass.Select(segment => Data(segment).Rows(segment, Data(segment).Load()[input])!)];
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
