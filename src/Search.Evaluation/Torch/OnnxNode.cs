using Search.Checkpoints.Onnx;

namespace Search.Evaluation.Torch;

/// <summary>A node of a graph with its attributes at hand.</summary>
internal sealed class OnnxNode
{
    private readonly string _place;
    private readonly Dictionary<string, AttributeProto> _attributes;

    /// <summary>Reads a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="place">Its file, for errors.</param>
    /// <param name="opset">The version of the node's domain that the graph imports.</param>
    public OnnxNode(NodeProto node, string place, long opset)
        : this(
            place, node.Name, node.OpType, node.Domain == "ai.onnx" ? "" : node.Domain, opset, [.. node.Input], [.. node.Output],
            node.Attribute.ToDictionary(attribute => attribute.Name, StringComparer.Ordinal))
    {
    }

    /// <summary>Makes a node that no file has: what several nodes were fused into.</summary>
    /// <param name="place">The graph's file, for errors.</param>
    /// <param name="name">The name of the fused nodes' last.</param>
    /// <param name="type">The operator.</param>
    /// <param name="domain">Its domain.</param>
    /// <param name="opset">The domain's version.</param>
    /// <param name="inputs">The values read; "" for one that is left out.</param>
    /// <param name="outputs">The values made; "" for one that nobody wants.</param>
    public OnnxNode(string place, string name, string type, string domain, long opset, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs)
        : this(place, name, type, domain, opset, inputs, outputs, [])
    {
    }

    private OnnxNode(
        string place, string name, string type, string domain, long opset, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, Dictionary<string, AttributeProto> attributes)
    {
        _place = place;
        _attributes = attributes;
        Name = name.Length > 0 ? name : outputs.FirstOrDefault(output => output.Length > 0) ?? type;
        Type = type;
        Domain = domain;
        Opset = opset;
        Inputs = inputs;
        Outputs = outputs;
    }

    /// <summary>The node's name, or its first output's where it has none.</summary>
    public string Name { get; }

    /// <summary>The operator, such as <c>MatMul</c>.</summary>
    public string Type { get; }

    /// <summary>The operator's domain; "" for ONNX's own.</summary>
    public string Domain { get; }

    /// <summary>The version of <see cref="Domain"/> that the graph imports.</summary>
    public long Opset { get; }

    /// <summary>The values read, "" for an optional one that is left out.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>The values made, "" for one that nobody wants.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>Where files with external data lie.</summary>
    public string Folder => Path.GetDirectoryName(_place) ?? "";

    /// <summary>The same node on other inputs.</summary>
    /// <param name="inputs">The values read instead.</param>
    public OnnxNode Reading(IReadOnlyList<string> inputs) => new(_place, Name, Type, Domain, Opset, inputs, Outputs, _attributes);

    /// <summary>Gives a node an attribute.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="value">Its value.</param>
    /// <returns>This node.</returns>
    public OnnxNode With(string name, long value) => With(new AttributeProto { Name = name, I = value });

    /// <inheritdoc cref="With(string, long)"/>
    public OnnxNode With(string name, double value) => With(new AttributeProto { Name = name, F = (float)value });

    /// <inheritdoc cref="With(string, long)"/>
    public OnnxNode With(string name, string value) => With(new AttributeProto { Name = name, S = Google.Protobuf.ByteString.CopyFromUtf8(value) });

    /// <summary>Whether an attribute is given.</summary>
    /// <param name="name">The attribute.</param>
    public bool Has(string name) => _attributes.ContainsKey(name);

    /// <summary>An integer attribute.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="otherwise">Its value when it is not given.</param>
    public long Int(string name, long otherwise) => _attributes.TryGetValue(name, out AttributeProto? attribute) ? attribute.I : otherwise;

    /// <summary>An integer attribute that must be given.</summary>
    /// <param name="name">The attribute.</param>
    /// <exception cref="SearchException">It is not.</exception>
    public long Int(string name) => _attributes.TryGetValue(name, out AttributeProto? attribute) ? attribute.I : throw Error($"lacks the attribute '{name}'");

    /// <summary>A number attribute.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="otherwise">Its value when it is not given.</param>
    public double Float(string name, double otherwise) => _attributes.TryGetValue(name, out AttributeProto? attribute) ? attribute.F : otherwise;

    /// <summary>A list of integers, or null when it is not given.</summary>
    /// <param name="name">The attribute.</param>
    public long[]? Ints(string name) => _attributes.TryGetValue(name, out AttributeProto? attribute) ? [.. attribute.Ints] : null;

    /// <summary>A list of numbers, or null when it is not given.</summary>
    /// <param name="name">The attribute.</param>
    public double[]? Floats(string name) => _attributes.TryGetValue(name, out AttributeProto? attribute) ? [.. attribute.Floats.Select(value => (double)value)] : null;

    /// <summary>A text attribute.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="otherwise">Its value when it is not given.</param>
    public string Text(string name, string otherwise) => _attributes.TryGetValue(name, out AttributeProto? attribute) ? attribute.S.ToStringUtf8() : otherwise;

    /// <summary>A tensor attribute, or null when it is not given.</summary>
    /// <param name="name">The attribute.</param>
    public TensorProto? Tensor(string name) => _attributes.TryGetValue(name, out AttributeProto? attribute) ? attribute.T : null;

    /// <summary>An error that names the node.</summary>
    /// <param name="message">What is wrong, without the node and without a final stop.</param>
    public SearchException Error(string message) => new($"{_place}: node '{Name}' ({Type}, opset {Opset}): {message}.");

    private OnnxNode With(AttributeProto attribute)
    {
        _attributes[attribute.Name] = attribute;
        return this;
    }
}
