using Search.Native.Torch;
using static Search.Native.Torch.TorchLibrary;

namespace Search.Evaluation.Torch.Operators;

/// <summary>Tensors from nothing, and other element types.</summary>
internal static class Creation
{
    /// <summary>The kernels.</summary>
    public static IReadOnlyList<Kernel> Kernels { get; } =
    [
        Kernel.Of("Constant", (node, _) => Constant(node).Owned()),
        Kernel.Of("ConstantOfShape", ConstantOfShape, 0),
        Kernel.Of("Range", (_, x) => Call("arange.start_step", x[0]!.Scalar(), x[1]!.Scalar(), x[2]!.Scalar(), x[0]!.Type), 0, 1, 2),
        Kernel.Of("EyeLike", EyeLike),
        Kernel.Of("OneHot", OneHot, 1),
        Kernel.Of("Cast", (node, x) => x[0]!.As(Type(node, node.Int("to")))),
        Kernel.Of("CastLike", (_, x) => x[0]!.As(x[1]!.Type)),
    ];

    /// <summary>The element type that an attribute names.</summary>
    /// <param name="node">The node.</param>
    /// <param name="onnxType">The number of TensorProto.DataType.</param>
    /// <exception cref="SearchException">libtorch has no such type.</exception>
    public static TorchType Type(OnnxNode node, long onnxType) =>
        TorchData.Type(TensorTypes.FromOnnx((int)onnxType)) ?? throw node.Error($"element type {onnxType} is not supported");

    private static TorchTensor Constant(OnnxNode node) =>
        node.Tensor("value") is { } value ? TorchData.Read(value, node.Folder)
        : node.Ints("value_ints") is { } ints ? TorchData.Of(ints)
        : node.Floats("value_floats") is { } floats ? TorchTensor.Wrap<float>(Array.ConvertAll(floats, number => (float)number), [floats.Length])
        : node.Has("value_int") ? TorchTensor.Wrap<long>(new[] { node.Int("value_int") }, [])
        : node.Has("value_float") ? TorchTensor.Wrap<float>(new[] { (float)node.Float("value_float", 0) }, [])
        : throw node.Error("only dense tensors and numbers are supported");

    private static TorchTensor ConstantOfShape(OnnxNode node, TorchTensor?[] x)
    {
        long[] shape = TorchData.Ints(x[0]!);
        if (node.Tensor("value") is not { } value)
        {
            return Call("zeros", shape, TorchType.Float32);
        }

        using TorchTensor element = TorchData.Read(value, node.Folder);
        return Call("full", shape, element.Scalar(), element.Type);
    }

    private static TorchTensor EyeLike(OnnxNode node, TorchTensor?[] x)
    {
        TorchTensor like = x[0]!;
        using TorchTensor columns = Call("arange", like.Sizes[1], TorchType.Int64, TorchArgument.None, like.Device());
        using TorchTensor rows = Call("arange.start", node.Int("k", 0), node.Int("k", 0) + like.Sizes[0], TorchType.Int64, TorchArgument.None, like.Device());
        using TorchTensor upright = Call("unsqueeze", rows, 1L);
        using TorchTensor diagonal = Call("eq.Tensor", upright, columns);
        return diagonal.As(node.Has("dtype") ? Type(node, node.Int("dtype")) : like.Type);
    }

    // What lies outside the depth is off everywhere.
    private static TorchTensor OneHot(OnnxNode node, TorchTensor?[] x)
    {
        long depth = TorchData.Ints(x[1]!)[0];
        int axis = node.Axis(node.Int("axis", -1), x[0]!.Rank() + 1);
        using TorchTensor indices = x[0]!.As(TorchType.Int64);
        using TorchTensor places = Indexing.FromFront(indices, depth);
        using TorchTensor spread = Call("unsqueeze", places, (long)axis);
        using TorchTensor range = Call("arange", depth, TorchType.Int64, TorchArgument.None, places.Device());
        using TorchTensor classes = Call("reshape", range, Enumerable.Range(0, spread.Rank()).Select(i => i == axis ? depth : 1).ToArray());
        using TorchTensor isOn = Call("eq.Tensor", spread, classes);
        using TorchTensor off = Call("select.int", x[2], 0L, 0L);
        using TorchTensor on = Call("select.int", x[2], 0L, 1L);
        return Call("where.self", isOn, on, off);
    }
}
