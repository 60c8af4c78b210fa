using Google.Protobuf;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;

namespace Search.Cli.Tests;

/// <summary>A real study of a model so small that a trial takes less than a millisecond: a few layers, a head for each of two tasks, on random data.</summary>
internal sealed class TinyStudy : IDisposable
{
    private const int Features = 8;
    private const int Hidden = 16;
    private const int Examples = 32;

    private readonly Random _random = new(1);
    private readonly int _layers;

    public TinyStudy(int layers = 2)
    {
        _layers = layers;
        float[] first = Draw(Hidden * Features, 0.6);
        float[] second = Draw(Hidden * Hidden, 0.5);
        Save("base", first, second, classes: 3);
        Save("a", Moved(first), Moved(second), classes: 3);
        Save("b", Moved(first), Moved(second), classes: 5);
        foreach ((string task, int classes) in new[] { ("a", 3), ("b", 5) })
        {
            foreach (string role in new[] { "search", "select", "report" })
            {
                TensorContent images = TensorContent.FromFloats("x", TensorType.F32, [Examples, Features], Draw(Examples * Features, 2));
                TensorContent labels = TensorContent.FromValues("label", TensorType.I64, [Examples], [.. Enumerable.Range(0, Examples).Select(_ => (long)_random.Next(classes))]);
                SafetensorsWriter.Write(File($"{task}.{role}.safetensors"), role == "search" ? [images] : [images, labels]);
            }
        }

        System.IO.File.WriteAllBytes(File("graph.onnx"), Graph().ToByteArray());
        Write(
            """
            name: tiny
            model:
              graph: graph.onnx
              base: base.safetensors
              experts: { a: a.safetensors, b: b.safetensors }
              private: ['^head\.']
            tasks:
              a: { search: a.search.safetensors, select: a.select.safetensors, report: a.report.safetensors }
              b: { search: b.search.safetensors, select: b.select.safetensors, report: b.report.safetensors }
            merge: { granularity: block }
            evaluator: { batch_size: 20 }
            budget: { evaluations: 30 }
            seed: 1
            """);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("search cli ").FullName;

    public string Path => File("study.yaml");

    public string Results => File("results");

    public string File(string name) => System.IO.Path.Combine(Folder, name);

    public void Write(string text) => System.IO.File.WriteAllText(Path, text);

    public void Replace(string text, string replacement)
    {
        string study = System.IO.File.ReadAllText(Path);
        Assert.That(study, Does.Contain(text));
        Write(study.Replace(text, replacement, StringComparison.Ordinal));
    }

    public void Save(string name, float[] first, float[] second, int classes) => SafetensorsWriter.Write(File($"{name}.safetensors"),
    [
        TensorContent.FromFloats("layers.0.weight", TensorType.F32, [Hidden, Features], first),
        .. Enumerable.Range(1, _layers - 1).Select(layer => TensorContent.FromFloats($"layers.{layer}.weight", TensorType.F32, [Hidden, Hidden], second)),
        TensorContent.FromFloats("head.weight", TensorType.F32, [classes, Hidden], Draw(classes * Hidden, 1)),
    ]);

    public float[] Draw(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)((_random.NextDouble() - 0.5) * 2 * scale))];

    // As exporters do: a weight of the graph with the base's values and a name of the exporter's own.
    public void ExportAs(string weight, string name)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(System.IO.File.ReadAllBytes(File("graph.onnx")));
        using Checkpoint stored = Checkpoint.Open(File("base.safetensors"));
        TensorProto tensor = model.Graph.Initializer.Single(each => each.Name == weight);
        tensor.Name = name;
        tensor.FloatData.Clear();
        tensor.FloatData.AddRange(stored.ReadFloats(stored.Find(weight)!));
        NodeProto reader = model.Graph.Node.Single(node => node.Input.Contains(weight));
        reader.Input[reader.Input.IndexOf(weight)] = name;
        System.IO.File.WriteAllBytes(File("graph.onnx"), model.ToByteArray());
    }

    // The graph's own values of a weight in a file beside it.
    public void PutBeside(string weight, string file)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(System.IO.File.ReadAllBytes(File("graph.onnx")));
        TensorProto tensor = model.Graph.Initializer.Single(each => each.Name == weight);
        System.IO.File.WriteAllBytes(File(file), new byte[tensor.FloatData.Count * sizeof(float)]);
        tensor.FloatData.Clear();
        tensor.DataLocation = 1;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = file });
        System.IO.File.WriteAllBytes(File("graph.onnx"), model.ToByteArray());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private float[] Moved(float[] weights) => [.. weights.Zip(Draw(weights.Length, 0.4), (weight, step) => weight + step)];

    private ModelProto Graph()
    {
        static ValueInfoProto Value(string name, int columns) => new()
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor
                {
                    ElemType = OnnxTensorType.Float,
                    Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "n" }, new TensorShapeProto.Types.Dimension { DimValue = columns } } },
                },
            },
        };
        static TensorProto Weight(string name, int rows, int columns)
        {
            var tensor = new TensorProto { Name = name, DataType = OnnxTensorType.Float, Dims = { rows, columns } };
            tensor.FloatData.AddRange(new float[rows * columns]);
            return tensor;
        }

        static NodeProto Gemm(string input, string weight, string output) => new()
        {
            OpType = "Gemm",
            Input = { input, weight },
            Output = { output },
            Attribute = { new AttributeProto { Name = "transB", Type = 2, I = 1 } },
        };
        IEnumerable<T> Layers<T>(Func<int, T> make) => Enumerable.Range(0, _layers).Select(make);
        return new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } },
            Graph = new GraphProto
            {
                Name = "tiny",
                Input = { Value("x", Features) },
                Output = { Value("logits", 3) },
                Initializer = { Layers(layer => Weight($"layers.{layer}.weight", Hidden, layer == 0 ? Features : Hidden)), Weight("head.weight", 3, Hidden) },
                Node =
                {
                    Layers(layer => new[]
                    {
                        Gemm(layer == 0 ? "x" : $"r{layer - 1}", $"layers.{layer}.weight", $"h{layer}"),
                        new NodeProto { OpType = "Relu", Input = { $"h{layer}" }, Output = { $"r{layer}" } },
                    }).SelectMany(nodes => nodes),
                    Gemm($"r{_layers - 1}", "head.weight", "logits"),
                },
            },
        };
    }
}
