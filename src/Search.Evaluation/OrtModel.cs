using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>
/// A study's graph in onnxruntime, cut where task-specific weights begin: one session for the part that tasks share and one for the rest,
/// which is run for each task with its own tensors. Without task-specific tensors the first is all there is.
/// </summary>
internal sealed class OrtModel : IDisposable
{
    private readonly IReadOnlyList<string> _outputs;
    private readonly string[] _rows; // values that the head takes, or that are outputs, by examples
    private readonly OrtPart? _body;
    private readonly OrtPart? _head;

    /// <summary>Cuts the graph and builds the sessions.</summary>
    /// <param name="library">The library.</param>
    /// <param name="graph">The graph, whose weights are inputs.</param>
    /// <param name="outputs">The values wanted of each example; outputs of the graph, perhaps the same several times.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:i</c>.</param>
    /// <param name="settings">Threads and folders.</param>
    /// <exception cref="SearchException">The device is not there.</exception>
    /// <exception cref="Native.NativeException">The library refuses the graph.</exception>
    public OrtModel(OnnxRuntimeLibrary library, FedGraph graph, IReadOnlyList<string> outputs, string device, OrtSessionSettings settings)
    {
        _outputs = outputs;
        Device = device;
        HashSet<string> data = [.. graph.DataInputs.Select(input => input.Name)];
        _rows = new GraphCut(graph.Model.Graph, graph.Binding, data).HeadInputs(outputs).Rows;
        try
        {
            string[] made = [.. _rows.Where(row => !data.Contains(row))];
            if (made.Length > 0)
            {
                _body = Open(GraphParts.Extract(graph.Model, [], made));
            }

            if (_body?.Outputs.Any(output => output.Type is OrtElementType.Undefined or OrtElementType.String) == true)
            {
                // What crosses the cut is no tensor of numbers, so there is no cut.
                _body.Dispose();
                _body = null;
                _rows = [.. data];
            }

            string[] own = [.. outputs.Except(_rows)];
            if (own.Length > 0)
            {
                _head = Open(GraphParts.Extract(graph.Model, [.. (_body?.Outputs ?? []).Select(Declare)], own));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        OrtPart Open(ModelProto model)
        {
            (OrtSession session, Device) = OnnxRuntimeDevice.CreateSession(library, Device, model.ToByteArray(), settings);
            return new OrtPart(session);
        }
    }

    /// <summary>Where the sessions compute.</summary>
    public string Device { get; private set; }

    /// <summary>Whether tasks share any of the graph.</summary>
    public bool HasBody => _body is not null;

    /// <summary>Feeds merged weights until others are fed.</summary>
    /// <param name="weights">The weights.</param>
    public void Use(WeightFeed weights)
    {
        if (_body is not null)
        {
            weights.BindTo(_body);
        }

        if (_head is not null)
        {
            weights.BindTo(_head);
        }
    }

    /// <summary>Lets go of everything that was fed.</summary>
    public void Clear()
    {
        _body?.Clear();
        _head?.Clear();
    }

    /// <summary>Runs the part that all tasks share.</summary>
    /// <param name="data">The data inputs by name; first axis = examples.</param>
    /// <returns>Values by name, which the caller disposes.</returns>
    /// <exception cref="Native.NativeException">An operator fails.</exception>
    public Dictionary<string, OrtTensor> Body(IReadOnlyDictionary<string, OrtTensor> data)
    {
        foreach ((string input, OrtTensor tensor) in data)
        {
            _body?.Bind(input, tensor);
        }

        return _body?.Run() ?? [];
    }

    /// <summary>Runs a task's own part on some of the body's examples.</summary>
    /// <param name="data">The data inputs by name.</param>
    /// <param name="body">What <see cref="Body"/> made of them.</param>
    /// <param name="first">The first example.</param>
    /// <param name="count">How many examples.</param>
    /// <param name="total">How many examples the body was given.</param>
    /// <param name="privates">The task's own tensors.</param>
    /// <returns>The outputs, which the caller disposes.</returns>
    /// <exception cref="EvaluationException">The body's values do not have the examples as their first axis.</exception>
    /// <exception cref="Native.NativeException">An operator fails.</exception>
    public OrtTensor[] Head(
        IReadOnlyDictionary<string, OrtTensor> data, IReadOnlyDictionary<string, OrtTensor> body, long first, long count, long total, PrivateFeed privates)
    {
        Dictionary<string, OrtTensor> known = new(StringComparer.Ordinal);
        try
        {
            foreach (string row in _rows)
            {
                known.Add(row, Part(row, body.GetValueOrDefault(row) ?? data[row], first, count, total));
                _head?.Bind(row, known[row]);
            }

            if (_head is not null)
            {
                privates.BindTo(_head);
                foreach ((string name, OrtTensor value) in _head.Run())
                {
                    known.Add(name, value);
                }
            }

            // A handle of its own for each: an output may be asked for twice.
            return [.. _outputs.Select(output => known[output].View())];
        }
        finally
        {
            foreach (OrtTensor value in known.Values)
            {
                value.Dispose();
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _body?.Dispose();
        _head?.Dispose();
    }

    private static OrtTensor Part(string name, OrtTensor whole, long first, long count, long total)
    {
        if (count == total)
        {
            return whole.View();
        }

        return whole.Shape is [long length, ..] && length % total == 0
            ? whole.Rows(first * (length / total), count * (length / total))
            : throw new EvaluationException($"'{name}' has the shape [{string.Join(", ", whole.Shape)}] for {total} examples, so that a task's part of it cannot be told.");
    }

    // The first axis is the examples, of whose number a graph may have any idea.
    private static ValueInfoProto Declare(OrtValueInfo value)
    {
        TensorShapeProto shape = new();
        shape.Dim.AddRange(value.Dimensions.Select((size, axis) => axis > 0 && size >= 0 ? new TensorShapeProto.Types.Dimension { DimValue = size } : new TensorShapeProto.Types.Dimension()));
        return new ValueInfoProto { Name = value.Name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)value.Type, Shape = shape } } };
    }
}
