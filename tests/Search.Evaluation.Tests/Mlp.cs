using System.Runtime.InteropServices;
using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Merging;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

// logits = relu((x · scale) w1 + b1 + embedding[id]) head.weightᵀ + head.bias, with x [n, 3] float and id [n] integer.
internal sealed class Mlp
{
    public const int Features = 3;
    public const int Hidden = 4;
    public const int Words = 5;

    public static readonly string[] HeadNames = ["head.bias", "head.weight"];

    public static WeightLayout Layout { get; } = new([
        new WeightSlot("b1", [Hidden]),
        new WeightSlot("embedding", [Words, Hidden]),
        new WeightSlot("w1", [Features, Hidden]),
    ]);

    public int Classes { get; init; } = 4;

    public OrtElementType WeightType { get; init; } = OrtElementType.Float;

    public OrtElementType IdType { get; init; } = OrtElementType.Int64;

    public bool WeightsAsInputs { get; init; }

    public long? FixedRows { get; init; }

    // Deterministic numbers in (−1, 1).
    public static float[] Numbers(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => (float)Math.Sin((i * 1.3) + (seed * 0.7)))];

    public static WeightSet Weights(int seed)
    {
        WeightSet weights = new(Layout);
        Fill(weights, seed);
        return weights;
    }

    public static void Fill(WeightSet weights, int seed)
    {
        for (int i = 0; i < Layout.Tensors.Count; i++)
        {
            Numbers(weights[i].Length, seed + i).CopyTo(weights[i]);
        }
    }

    public static MemoryCheckpoint Head(int classes, int seed, string path = "expert.safetensors") => new MemoryCheckpoint(path)
        .With("head.weight", Numbers(classes * Hidden, seed), classes, Hidden)
        .With("head.bias", Numbers(classes, seed + 1), classes);

    // A whole expert: its own body and its own head.
    public static MemoryCheckpoint Expert(int classes, int headSeed, int bodySeed)
    {
        MemoryCheckpoint expert = Head(classes, headSeed, $"expert{bodySeed}.safetensors");
        for (int i = 0; i < Layout.Tensors.Count; i++)
        {
            expert = expert.With(Layout.Tensors[i].Name, Numbers((int)Layout.Tensors[i].ElementCount, bodySeed + i), [.. Layout.Tensors[i].Shape]);
        }

        return expert;
    }

    public static MemoryCheckpoint Batches(int examples, int seed, int classes)
        => new MemoryCheckpoint($"batches{seed}.safetensors")
            .With("x", Numbers(examples * Features, seed), examples, Features)
            .With("id", Ids(examples, seed), examples)
            .With("label", Enumerable.Range(0, examples).Select(i => (byte)((i + seed) % classes)).ToArray(), examples);

    public static long[] Ids(int examples, int seed) => [.. Enumerable.Range(0, examples).Select(i => (long)(((i * 2) + seed) % Words))];

    // The same function in doubles, by hand.
    public static float[] Logits(Func<string, double[]> weight, float[] x, long[] ids, int classes)
    {
        double[] headWeight = weight("head.weight");
        double[] headBias = weight("head.bias");
        double[] hidden = Activated(weight, x, ids);
        return [.. Enumerable.Range(0, ids.Length * classes).Select(i =>
            (float)(headBias[i % classes] + Enumerable.Range(0, Hidden).Sum(h => hidden[(i / classes * Hidden) + h] * headWeight[(i % classes * Hidden) + h])))];
    }

    // The values of the tensor 'activated', by hand.
    public static double[] Activated(Func<string, double[]> weight, float[] x, long[] ids)
    {
        double[] w1 = weight("w1");
        double[] b1 = weight("b1");
        double[] embedding = weight("embedding");
        double[] hidden = new double[ids.Length * Hidden];
        for (int row = 0; row < ids.Length; row++)
        {
            for (int h = 0; h < Hidden; h++)
            {
                double sum = b1[h] + embedding[(ids[row] * Hidden) + h];
                for (int f = 0; f < Features; f++)
                {
                    sum += x[(row * Features) + f] * 0.5 * w1[(f * Hidden) + h];
                }

                hidden[(row * Hidden) + h] = Math.Max(0, sum);
            }
        }

        return hidden;
    }

    public ModelProto Build(int seed = 0)
    {
        GraphProto graph = new() { Name = "mlp" };
        NodeProto gemm = Node("Gemm", "logits", "activated", "head.weight", "head.bias");
        gemm.Attribute.Add(new AttributeProto { Name = "transB", I = 1, Type = 2 });
        graph.Node.AddRange(WeightType == OrtElementType.Float16
            ? [Cast("w1"), Cast("b1"), Cast("embedding"), Cast("head.weight"), Cast("head.bias")]
            : Array.Empty<NodeProto>());
        graph.Node.AddRange([
            Node("Mul", "scaled", "x", "scale"),
            Node("MatMul", "product", "scaled", Used("w1")),
            Node("Add", "biased", "product", Used("b1")),
            Node("Gather", "words", Used("embedding"), "id"),
            Node("Add", "sum", "biased", "words"),
            Node("Relu", "activated", "sum"),
            gemm,
        ]);
        gemm.Input[1] = Used("head.weight");
        gemm.Input[2] = Used("head.bias");
        graph.Input.Add(Value("x", OrtElementType.Float, Rows, Features));
        graph.Input.Add(Value("id", IdType, Rows));
        graph.Output.Add(Value("other", OrtElementType.Float, Rows, Hidden));
        graph.Node.Add(Node("Identity", "other", "activated"));
        graph.Output.Add(Value("logits", OrtElementType.Float, Rows, Classes));
        graph.ValueInfo.Add(Value("activated", OrtElementType.Float, Rows, Hidden));
        graph.Initializer.Add(Tensor("scale", OrtElementType.Float, [0.5f, 0.5f, 0.5f], Features));
        for (int i = 0; i < Layout.Tensors.Count; i++)
        {
            WeightSlot slot = Layout.Tensors[i];
            AddWeight(graph, slot.Name, Numbers((int)slot.ElementCount, seed + i), [.. slot.Shape]);
        }

        AddWeight(graph, "head.weight", Numbers(Classes * Hidden, seed + 10), Classes, Hidden);
        AddWeight(graph, "head.bias", Numbers(Classes, seed + 11), Classes);
        ModelProto model = new() { IrVersion = 7, ProducerName = "test", Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = string.Empty, Version = 13 });
        return model;
    }

    public static ValueInfoProto Value(string name, OrtElementType type, params long?[] shape)
    {
        TensorShapeProto dimensions = new();
        dimensions.Dim.AddRange(shape.Select(size => size is long value
            ? new TensorShapeProto.Types.Dimension { DimValue = value }
            : new TensorShapeProto.Types.Dimension { DimParam = "n" }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions } } };
    }

    public static TensorProto Tensor(string name, OrtElementType type, float[] values, params long[] shape)
    {
        TensorProto tensor = new()
        {
            Name = name,
            DataType = (int)type,
            RawData = type switch
            {
                OrtElementType.Float16 => ByteString.CopyFrom(MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (Half)value).AsSpan())),
                OrtElementType.Double => ByteString.CopyFrom(MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (double)value).AsSpan())),
                _ => ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
            },
        };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    private long? Rows => FixedRows;

    private static NodeProto Node(string type, string output, params string[] inputs)
    {
        NodeProto node = new() { OpType = type, Name = $"make {output}" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        return node;
    }

    private static NodeProto Cast(string name)
    {
        NodeProto node = Node("Cast", name + "/float", name);
        node.Attribute.Add(new AttributeProto { Name = "to", I = (int)OrtElementType.Float, Type = 2 });
        return node;
    }

    private string Used(string weight) => WeightType == OrtElementType.Float16 ? weight + "/float" : weight;

    private void AddWeight(GraphProto graph, string name, float[] values, params long[] shape)
    {
        if (WeightsAsInputs)
        {
            graph.Input.Add(Value(name, WeightType, [.. shape.Select(size => (long?)size)]));
        }
        else
        {
            graph.Initializer.Add(Tensor(name, WeightType, values, shape));
        }
    }
}
