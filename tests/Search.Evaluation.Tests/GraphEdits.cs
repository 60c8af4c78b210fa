using Google.Protobuf;
using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Tests;

// What exporters do to weights.
internal static class GraphEdits
{
    public static ModelProto Of(params TensorProto[] initializers)
    {
        ModelProto model = new() { Graph = new GraphProto() };
        model.Graph.Output.Add(Mlp.Value("y", OrtElementType.Float));
        model.Graph.Initializer.AddRange(initializers);
        return model;
    }

    // rows × columns → columns × rows.
    public static float[] Turned(float[] values, int rows, int columns) =>
        [.. Enumerable.Range(0, columns).SelectMany(column => Enumerable.Range(0, rows).Select(row => values[(row * columns) + column]))];

    public static ModelProto Renamed(this ModelProto model, string name, string other)
    {
        model.Graph.Initializer.Single(tensor => tensor.Name == name).Name = other;
        foreach (NodeProto node in model.Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i] == name ? other : node.Input[i];
            }
        }

        return model;
    }

    // The head's Gemm without transB, as of a 3-D input.
    public static ModelProto WithHeadTurned(this ModelProto model, int classes, string name)
    {
        TensorProto head = model.Graph.Initializer.Single(tensor => tensor.Name == "head.weight");
        TensorProto turned = Mlp.Tensor("head.weight", OrtElementType.Float, Turned(Mlp.Numbers(classes * Mlp.Hidden, 10), classes, Mlp.Hidden), Mlp.Hidden, classes);
        (head.RawData, head.Dims[0], head.Dims[1]) = (turned.RawData, Mlp.Hidden, classes);
        model.Graph.Node.Single(node => node.OpType == "Gemm").Attribute.Clear();
        return model.Renamed("head.weight", name);
    }

    public static ModelProto WithConstantNode(this ModelProto model, string name)
    {
        TensorProto tensor = model.Graph.Initializer.Single(each => each.Name == name);
        model.Graph.Initializer.Remove(tensor);
        NodeProto node = new() { OpType = "Constant", Name = "constant" };
        node.Output.Add(name);
        node.Attribute.Add(new AttributeProto { Name = "value", T = tensor.Clone(), Type = 4 });
        node.Attribute[0].T.Name = "";
        model.Graph.Node.Insert(0, node);
        return model;
    }

    // All initializers' data in one file, which is written unless the graph is to be stripped of it.
    public static ModelProto WithExternalData(this ModelProto model, string path, bool write = true)
    {
        using MemoryStream data = new();
        foreach (TensorProto tensor in model.Graph.Initializer)
        {
            tensor.DataLocation = 1;
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = Path.GetFileName(path) });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{data.Position}" });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{tensor.RawData.Length}" });
            tensor.RawData.WriteTo(data);
            tensor.ClearRawData();
        }

        if (write)
        {
            File.WriteAllBytes(path, data.ToArray());
        }

        return model;
    }
}
