using Search.Checkpoints.Onnx;
using Search.Evaluation.Torch;
using Search.Native.Torch;

namespace Search.Evaluation.Tests.Torch;

/// <summary>A model of ONNX's own test data with its inputs and the outputs they must give.</summary>
internal sealed class ConformanceCase
{
    // ONNX's own runner allows 1e-3; all but the coarse cases pass with this.
    private const double RelativeTolerance = 1e-5;
    private const double AbsoluteTolerance = 1e-7;

    // Their results were made with 3.1415 for pi, or are written with four decimals.
    private static readonly string[] Coarse =
    [
        "blackmanwindow_expanded", "blackmanwindow_symmetric_expanded", "hammingwindow_expanded", "hammingwindow_symmetric_expanded",
        "hannwindow_expanded", "hannwindow_symmetric_expanded", "gridsample_bicubic", "averagepool_2d_ceil_last_window_starts_on_pad",
    ];

    private readonly string _folder;
    private readonly OnnxGraph _graph;

    private ConformanceCase(string folder)
    {
        _folder = folder;
        _graph = OnnxGraph.Load(Path.Combine(folder, "model.onnx"));
        Dictionary<string, long> opsets = _graph.Model.OpsetImport.ToDictionary(import => Domain(import.Domain), import => import.Version);
        Nodes = [.. _graph.Model.Graph.Node.Select(node => new OnnxNode(node, _graph.Path, opsets.GetValueOrDefault(Domain(node.Domain))))];
    }

    /// <summary>
    /// Where the cases lie: where Debian's libonnx-testdata puts them, or where the variable says, such as onnx/backend/test/data of a
    /// later release of ONNX.
    /// </summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("SEARCH_ONNX_TESTDATA") ?? "/usr/share/libonnx-testdata/data";

    /// <summary>All cases that are installed.</summary>
    public static IReadOnlyList<ConformanceCase> All { get; } = !Directory.Exists(Root) ? [] :
    [
        .. new[] { "node", "simple", "pytorch-operator", "pytorch-converted" }
            .SelectMany(kind => Directory.GetDirectories(Path.Combine(Root, kind), "test_*"))
            .Where(folder => Directory.Exists(Path.Combine(folder, "test_data_set_0")))
            .Order(StringComparer.Ordinal)
            .Select(folder => new ConformanceCase(folder)),
    ];

    /// <summary>Its folder's name without <c>test_</c>.</summary>
    public string Name => Path.GetFileName(_folder)["test_".Length..];

    /// <summary>The model's nodes.</summary>
    public IReadOnlyList<OnnxNode> Nodes { get; }

    /// <summary>All cases; ignores the running test where there are none.</summary>
    public static IReadOnlyList<ConformanceCase> Required()
    {
        if (All.Count == 0)
        {
            Assert.Ignore($"ONNX's test data is not at {Root}: install libonnx-testdata.");
        }

        return All;
    }

    /// <summary>Why the torch engine does not try the case, or null when it must pass.</summary>
    public string? SkipReason()
    {
        if (Nodes.FirstOrDefault(node => KernelList.Find(node.Domain, node.Type) is null) is { } missing)
        {
            return $"operator {missing.Type}";
        }

        IEnumerable<ValueInfoProto> values = _graph.Model.Graph.Input.Concat(_graph.Model.Graph.Output);
        foreach (TypeProto type in values.Select(value => value.Type))
        {
            if (type.TensorType is null)
            {
                return "a sequence or an optional value";
            }

            if (TorchData.Type(TensorTypes.FromOnnx(type.TensorType.ElemType)) is null)
            {
                return $"element type {(ElementType)type.TensorType.ElemType}";
            }
        }

        return null;
    }

    /// <summary>Runs the model on every set of inputs.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Failure()
    {
        foreach (string set in Directory.GetDirectories(_folder, "test_data_set_*").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal))
        {
            if (Failure(set) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    /// <summary>Reads a set of inputs and outputs.</summary>
    /// <param name="set">Its folder.</param>
    public ConformanceRun Open(string set)
    {
        // What nodes read as numbers may not vary between runs, so these are constants. All other values are given, as an evaluator gives weights.
        HashSet<string> numbers = ReadAsNumbers();
        Dictionary<string, TorchTensor> constants = new(StringComparer.Ordinal);
        Dictionary<string, TorchTensor> inputs = new(StringComparer.Ordinal);
        foreach ((string name, TensorProto initializer) in _graph.Initializers)
        {
            (numbers.Contains(name) ? constants : inputs).Add(name, TorchData.Read(initializer, _folder));
        }

        for (int i = 0; i < _graph.Inputs.Count; i++)
        {
            string name = _graph.Inputs[i].Name;
            (numbers.Contains(name) ? constants : inputs).Add(name, Read(set, $"input_{i}.pb", _graph.Model.Graph.Input.Single(input => input.Name == name).Type));
        }

        TorchTensor[] expected = [.. _graph.Model.Graph.Output.Select((output, i) => Read(set, $"output_{i}.pb", output.Type))];
        var graph = new TorchGraph(Nodes, constants, [.. inputs.Keys], [.. _graph.Model.Graph.Output.Select(output => output.Name)], "cpu");
        return new ConformanceRun(graph, constants.Values, [.. inputs.Values], expected);
    }

    private string? Failure(string set)
    {
        using ConformanceRun run = Open(set);
        TorchTensor[] outputs = [];
        try
        {
            outputs = run.Graph.Run([.. run.Inputs]);
            return outputs.Zip(run.Expected, Difference).FirstOrDefault(difference => difference is not null);
        }
        catch (SearchException exception)
        {
            return exception.Message.Replace(_graph.Path + ": ", "", StringComparison.Ordinal);
        }
        finally
        {
            Array.ForEach(outputs, output => output.Dispose());
        }
    }

    private HashSet<string> ReadAsNumbers()
    {
        HashSet<string> values = [];
        foreach (OnnxNode node in Nodes.Reverse())
        {
            int[] numbers = KernelList.Find(node.Domain, node.Type)!.HostInputs;
            bool all = node.Type is not ("Shape" or "Size") && node.Outputs.Any(values.Contains);
            values.UnionWith(node.Inputs.Where((_, i) => all || numbers.Contains(i)));
        }

        return values;
    }

    private TorchTensor Read(string set, string file, TypeProto type)
    {
        TensorProto tensor = TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_folder, set, file)));
        if ((ElementType)tensor.DataType == ElementType.UInt16)
        {
            // The bits of bfloat16, for which NumPy has no type.
            tensor.DataType = type.TensorType.ElemType;
        }

        return TorchData.Read(tensor, _folder);
    }

    private static string Domain(string name) => name == "ai.onnx" ? "" : name;

    // The data was cut off to bfloat16 where libtorch rounds: they differ by a unit in the last place.
    private string? Difference(TorchTensor actual, TorchTensor expected)
    {
        if (actual.Type != expected.Type || !actual.Shape.SequenceEqual(expected.Shape))
        {
            return $"{actual.Type} [{string.Join(", ", actual.Shape)}] instead of {expected.Type} [{string.Join(", ", expected.Shape)}]";
        }

        double relative = expected.Type == TorchType.BFloat16 ? 1.0 / 128 : Coarse.Contains(Name) ? 1e-3 : RelativeTolerance;
        double[] got = TorchData.Doubles(actual);
        double[] wanted = TorchData.Doubles(expected);
        for (int i = 0; i < got.Length; i++)
        {
            if (!got[i].Equals(wanted[i]) && !(Math.Abs(got[i] - wanted[i]) <= AbsoluteTolerance + (relative * Math.Abs(wanted[i]))))
            {
                return $"element {i} is {got[i]:R} instead of {wanted[i]:R}";
            }
        }

        return null;
    }

    // The numbers of TensorProto.DataType that libtorch has no type for.
    private enum ElementType
    {
        UInt16 = 4,
        String = 8,
        UInt32 = 12,
        UInt64 = 13,
    }
}
