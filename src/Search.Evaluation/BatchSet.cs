using Search.Checkpoints;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>One task's data of one role: a file with one tensor an input of the graph (first axis = examples) and perhaps <c>label</c>.</summary>
internal sealed class BatchSet : IDisposable
{
    private const string LabelName = "label";

    private readonly Checkpoint _file;
    private readonly IReadOnlyList<GraphInput> _inputs;
    private readonly IReadOnlyDictionary<string, AffineMap> _maps;
    private readonly TensorInfo[] _tensors;
    private readonly TensorInfo? _label;
    private readonly int _batchSize;

    /// <summary>Checks a file's header against the graph; reads no data.</summary>
    /// <param name="file">The opened file, owned from here on, even when this throws.</param>
    /// <param name="inputs">The graph's data inputs.</param>
    /// <param name="maps">Affine maps by input name.</param>
    /// <param name="batchSize">Examples a batch, at least 1; where the graph fixes the number, the graph's is used.</param>
    /// <exception cref="SearchException">A tensor is missing, or its shape or type does not fit; the message names file, tensor, expected and found.</exception>
    public BatchSet(Checkpoint file, IReadOnlyList<GraphInput> inputs, IReadOnlyDictionary<string, AffineMap> maps, int batchSize)
    {
        _file = file;
        _inputs = inputs;
        _maps = maps;
        try
        {
            _tensors = [.. inputs.Select(Find)];
            Examples = CommonLength();
            _label = FindLabel();
            FixedSize = FixedBatchSize();
            _batchSize = FixedSize ?? batchSize;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>How many examples a batch must have, or null where the graph leaves it open.</summary>
    public int? FixedSize { get; }

    /// <summary>How many examples the file has.</summary>
    public int Examples { get; }

    /// <summary>Whether the file has labels.</summary>
    public bool HasLabels => _label is not null;

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Reads and converts every batch; the last may be smaller.</summary>
    /// <returns>The batches, in the file's order.</returns>
    /// <exception cref="SearchException">The file cannot be read, or a label does not fit in 32 bits.</exception>
    public IReadOnlyList<Batch> Load()
    {
        List<Batch> batches = [];
        for (int first = 0; first < Examples; first += Math.Min(_batchSize, Examples - first))
        {
            int examples = Math.Min(_batchSize, Examples - first);
            batches.Add(Read(first, examples));
        }

        return batches;
    }

    /// <summary>Reads and converts some examples.</summary>
    /// <param name="first">The first example.</param>
    /// <param name="examples">How many, at least 1.</param>
    /// <exception cref="SearchException">The file cannot be read, or a label does not fit in 32 bits.</exception>
    public Batch Read(int first, int examples)
    {
        try
        {
            return new Batch([.. _inputs.Select((input, i) => Read(input, _tensors[i], first, examples))], ReadLabels(first, examples), examples);
        }
        catch (IOException exception)
        {
            throw new SearchException($"{_file.Path}: the batches cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Whether examples of this file and of another can lie in one tensor: the shapes are the same, the first axis aside.</summary>
    /// <param name="other">Another file for the same graph.</param>
    public bool HasShapesOf(BatchSet other) => _tensors.Zip(other._tensors).All(pair => pair.First.Shape.Skip(1).SequenceEqual(pair.Second.Shape.Skip(1)));

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private TensorInfo Find(GraphInput input)
    {
        TensorInfo tensor = _file.Find(input.Name) ?? throw Defect(
            input.Name,
            $"the graph needs it, with shape {input.ShapeText}, and the file has only {string.Join(", ", _file.Tensors.Select(each => $"'{each.Name}'"))}{NearestName.Hint(input.Name, _file.Tensors.Select(each => each.Name))}");
        if (tensor.Shape.Count == 0)
        {
            throw Defect(input.Name, $"its first axis must be the examples, but it is a scalar; the graph expects {input.ShapeText}");
        }

        if (!input.Accepts(tensor.Shape))
        {
            throw Defect(input.Name, $"the graph expects the shape {input.ShapeText}, found {tensor.ShapeText}");
        }

        RefuseType(input, tensor);
        return tensor;
    }

    private void RefuseType(GraphInput input, TensorInfo tensor)
    {
        if (TensorTypes.IsFloat(input.Type))
        {
            if (tensor.IsFloat || (tensor.Type is TensorType.U8 or TensorType.I8 && _maps.ContainsKey(input.Name)))
            {
                return;
            }

            string remedy = tensor.Type is TensorType.U8 or TensorType.I8
                ? $"; give the map from stored numbers to the model's, such as inputs: {{ {input.Name}: {{ scale: 0.0078431, offset: -1 }} }}"
                : string.Empty;
            throw Defect(input.Name, $"the graph expects {TensorTypes.Name(input.Type)}, found {tensor.Type}{remedy}");
        }

        if (!TensorTypes.Widens(tensor.Type, input.Type))
        {
            throw Defect(input.Name, $"the graph expects {TensorTypes.Name(input.Type)}, found {tensor.Type}, which does not convert without loss");
        }
    }

    private int CommonLength()
    {
        long length = _tensors[0].Shape[0];
        foreach (TensorInfo tensor in _tensors)
        {
            if (tensor.Shape[0] != length)
            {
                throw Defect(tensor.Name, $"it has {tensor.Shape[0]} examples, but '{_tensors[0].Name}' has {length}");
            }
        }

        return length is > 0 and <= int.MaxValue ? (int)length : throw Defect(_tensors[0].Name, $"it has {length} examples; 1 to {int.MaxValue} are needed");
    }

    private TensorInfo? FindLabel()
    {
        if (_file.Find(LabelName) is not TensorInfo label || _inputs.Any(input => input.Name == LabelName))
        {
            return null;
        }

        if (!TensorTypes.Widens(label.Type, OrtElementType.Int64))
        {
            throw Defect(LabelName, $"labels are integers, found {label.Type}");
        }

        return label.Shape.Count > 0 && label.Shape[0] == Examples
            ? label
            : throw Defect(LabelName, $"expected {Examples} labels, one an example, found the shape {label.ShapeText}");
    }

    // A graph exported without a free first axis takes batches of exactly one size.
    private int? FixedBatchSize()
    {
        foreach (GraphInput input in _inputs)
        {
            if (input.Dimensions is not { Count: > 0 } dimensions || dimensions[0] is not long size)
            {
                continue;
            }

            return size is > 0 and <= int.MaxValue && Examples % size == 0
                ? (int)size
                : throw Defect(input.Name, $"the graph fixes {size} examples a batch (export it with a free first axis), and the file's {Examples} are no multiple of that");
        }

        return null;
    }

    private BatchTensor Read(GraphInput input, TensorInfo tensor, int first, int examples)
    {
        long size = tensor.ElementCount / Examples;
        if (size * examples > Array.MaxLength)
        {
            throw Defect(input.Name, $"a batch of {examples} examples has more than {Array.MaxLength} numbers; use a smaller batch_size");
        }

        AffineMap? map = _maps.TryGetValue(input.Name, out AffineMap found) ? found : null;
        Array values = TensorReader.Read(_file, tensor, first * size, (int)(size * examples), input.Type, map);
        return new BatchTensor(input.Name, values, [examples, .. tensor.Shape.Skip(1)]);
    }

    private int[] ReadLabels(int first, int examples)
    {
        if (_label is null)
        {
            return [];
        }

        try
        {
            int size = checked((int)(_label.ElementCount / Examples));
            return TensorReader.ReadIntegers<int>(_file, _label, (long)first * size, examples * size);
        }
        catch (OverflowException exception)
        {
            throw new SearchException($"{_file.Path}, tensor '{LabelName}': a label between examples {first} and {first + examples - 1} is no class number.", exception);
        }
    }

    private SearchException Defect(string tensor, string message) => new($"{_file.Path}, tensor '{tensor}': {message}.");
}
