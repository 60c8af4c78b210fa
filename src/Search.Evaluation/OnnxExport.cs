using System.Globalization;
using Google.Protobuf;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>Writes a study's graph with a merged model's weights in it, which runs wherever ONNX does.</summary>
public static class OnnxExport
{
    /// <summary>Above how many bytes of weights they go to a file of their own: a protobuf message ends at 2 GiB.</summary>
    public const long MostInline = 1L << 30;

    private const int ExternalLocation = 1;
    private const int LeastMoved = 1024; // engines read shapes and axes while they load, and want them in the message
    private const int FirstVersionWithoutInputs = 4; // of ONNX's IR: from there on initializers need not be inputs too

    /// <summary>Writes the graph.</summary>
    /// <param name="path">The .onnx file, whose folder exists; weights that do not fit lie beside it in a file of its name with <c>.data</c> after it.</param>
    /// <param name="layout">The merged weights' names and shapes.</param>
    /// <param name="options">The graph, what is known of names, and the tasks that the model is for, which share one expert's private tensors.</param>
    /// <param name="model">The merged weights.</param>
    /// <param name="mostInline">Above how many bytes of weights they go to the other file.</param>
    /// <returns>The files written, the .onnx first.</returns>
    /// <exception cref="SearchException">A weight has no place in the graph, or a file cannot be written.</exception>
    public static IReadOnlyList<string> Write(string path, WeightLayout layout, EvaluatorOptions options, Checkpoint model, long mostInline = MostInline)
    {
        OnnxGraph graph = OnnxGraph.Load(options.GraphPath);
        GraphBinding binding = GraphBinder.Bind(graph, layout, options, OrtElementType.Float, OrtElementType.Float16, OrtElementType.BFloat16, OrtElementType.Double);
        ModelProto merged = graph.Model.Clone();
        HashSet<string> places = [.. binding.All.Select(each => each.Input)];
        GraphRewriter.RemoveValues(merged.Graph, places.Contains);
        foreach (ValueInfoProto input in merged.Graph.Input.Where(input => places.Contains(input.Name)).ToArray())
        {
            merged.Graph.Input.Remove(input);
        }

        if (binding.Private.Any(each => each.Shape.Contains(null)))
        {
            GraphRewriter.ForgetClassDimensions(merged.Graph);
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(options.GraphPath))!;
        foreach (TensorProto kept in Tensors(merged.Graph).Where(OnnxTensorData.IsExternal))
        {
            SetBytes(kept, Read(OnnxTensorData.Locate(kept, folder, options.GraphPath)));
        }

        Checkpoint own = options.Tasks[0].Private ?? options.Tasks[0].Expert;
        merged.Graph.Initializer.AddRange(binding.Merged.Select(each => Fill(each, model)).Concat(binding.Private.Select(each => Fill(each, own))));
        merged.IrVersion = Math.Max(merged.IrVersion, FirstVersionWithoutInputs);
        var files = new List<string> { path };
        if (merged.Graph.Initializer.Sum(tensor => (long)tensor.RawData.Length) > mostInline)
        {
            files.Add(path + ".data");
            MoveOut([.. merged.Graph.Initializer.Where(tensor => places.Contains(tensor.Name) || tensor.RawData.Length >= LeastMoved)], files[1]);
        }

        AtomicFile.Write(path, merged.WriteTo);
        return files;
    }

    // Those of a graph, of its nodes' attributes, and of the graphs that these hold.
    private static IEnumerable<TensorProto> Tensors(GraphProto graph) => graph.Initializer.Concat(graph.Node.SelectMany(node => node.Attribute).SelectMany(attribute =>
        attribute.Tensors.Concat(attribute.T is { } tensor ? [tensor] : []).Concat(attribute.Graphs.Concat(attribute.G is { } inner ? [inner] : []).SelectMany(Tensors))));

    private static TensorProto Fill(WeightBinding binding, Checkpoint source)
    {
        TensorInfo tensor = source.Find(binding.Tensor)!;
        float[] values = TensorReader.ReadFloats(source, tensor, 0, checked((int)tensor.ElementCount), null);
        IReadOnlyList<long> shape = tensor.Shape;
        if (binding.Transposed)
        {
            float[] turned = new float[values.Length];
            (int rows, int columns) = ((int)shape[0], (int)shape[1]);
            MatrixTranspose.Copy(values, rows, columns, 0, columns, turned.AsSpan());
            (values, shape) = (turned, [columns, rows]);
        }

        TensorType type = binding.Type switch
        {
            OrtElementType.Float16 => TensorType.F16,
            OrtElementType.BFloat16 => TensorType.BF16,
            OrtElementType.Double => TensorType.F64,
            _ => TensorType.F32,
        };
        byte[] bytes = new byte[checked(values.Length * TensorConversion.ByteSize(type))];
        TensorConversion.FromFloat32(values, type, bytes);
        var filled = new TensorProto { Name = binding.Input, DataType = (int)binding.Type };
        filled.Dims.AddRange(shape);
        SetBytes(filled, bytes);
        return filled;
    }

    private static byte[] Read(ExternalTensor place)
    {
        byte[] bytes = new byte[place.Length];
        using FileStream file = File.OpenRead(place.File);
        file.Position = place.Offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static void SetBytes(TensorProto tensor, byte[] bytes)
    {
        tensor.ExternalData.Clear();
        tensor.ClearDataLocation();
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
    }

    private static void MoveOut(TensorProto[] tensors, string file) => AtomicFile.Write(file, stream =>
    {
        foreach (TensorProto tensor in tensors)
        {
            long offset = stream.Position;
            tensor.RawData.WriteTo(stream);
            void Say(string key, string value) => tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            Say("location", Path.GetFileName(file));
            Say("offset", offset.ToString(CultureInfo.InvariantCulture));
            Say("length", tensor.RawData.Length.ToString(CultureInfo.InvariantCulture));
            tensor.DataLocation = ExternalLocation;
            tensor.ClearRawData();
        }
    });
}
