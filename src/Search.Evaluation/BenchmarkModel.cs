using Google.Protobuf;
using Google.Protobuf.Collections;
using Search.Checkpoints.Onnx;

namespace Search.Evaluation;

/// <summary>A model to measure: a graph without weights, and the shapes of the weights it takes.</summary>
internal abstract class BenchmarkModel
{
    /// <summary>The data input's name; its first axis is the examples.</summary>
    public const string Input = "x";

    /// <summary>How many classes it tells apart.</summary>
    public const int Classes = 10;

    private readonly GraphProto _graph = new() { Name = "benchmark" };
    private readonly List<KeyValuePair<string, long[]>> _weights = [];
    private int _values;

    /// <summary>The shape of one example.</summary>
    public abstract IReadOnlyList<long> Example { get; }

    /// <summary>The weights' names and shapes, once <see cref="Build"/> ran.</summary>
    public IReadOnlyList<KeyValuePair<string, long[]>> Weights => _weights;

    /// <summary>Makes the graph.</summary>
    /// <returns>The bytes of an .onnx file.</returns>
    public byte[] Build()
    {
        Declare(_graph.Input, Input, [0, .. Example]);
        Declare(_graph.Output, Compute(), [0, Classes]);
        return new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } }, Graph = _graph }.ToByteArray();
    }

    /// <summary>Adds the nodes.</summary>
    /// <returns>The logits' name.</returns>
    protected abstract string Compute();

    /// <summary>A weight, which the graph takes as an input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its shape.</param>
    protected string Weight(string name, params long[] shape)
    {
        _weights.Add(new(name, shape));
        Declare(_graph.Input, name, shape);
        return name;
    }

    /// <summary>A constant of integers.</summary>
    /// <param name="values">The elements.</param>
    protected string Integers(params long[] values)
    {
        var tensor = new TensorProto { Name = $"constant{_values++}", DataType = OnnxTensorType.Int64, Dims = { values.Length } };
        tensor.Int64Data.AddRange(values);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A constant number.</summary>
    /// <param name="value">The number.</param>
    protected string Number(float value)
    {
        var tensor = new TensorProto { Name = $"constant{_values++}", DataType = OnnxTensorType.Float, FloatData = { value } };
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A node.</summary>
    /// <param name="type">Its operator.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="attributes">Integer attributes.</param>
    /// <returns>Its one output's name.</returns>
    protected string Node(string type, string[] inputs, params (string Name, long[] Values)[] attributes)
    {
        var node = new NodeProto { OpType = type, Output = { $"value{_values++}" } };
        node.Input.AddRange(inputs);
        foreach ((string name, long[] values) in attributes)
        {
            const int Integer = 2;
            const int IntegerList = 7;
            var attribute = new AttributeProto { Name = name, Type = values.Length == 1 ? Integer : IntegerList };
            if (values.Length == 1)
            {
                attribute.I = values[0];
            }
            else
            {
                attribute.Ints.AddRange(values);
            }

            node.Attribute.Add(attribute);
        }

        _graph.Node.Add(node);
        return node.Output[0];
    }

    private static void Declare(RepeatedField<ValueInfoProto> values, string name, IReadOnlyList<long> shape)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.AddRange(shape.Select(size => size > 0 ? new TensorShapeProto.Types.Dimension { DimValue = size } : new TensorShapeProto.Types.Dimension { DimParam = "n" }));
        values.Add(new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = OnnxTensorType.Float, Shape = dimensions } } });
    }
}
