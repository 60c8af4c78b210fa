using Search.Native.Torch;

namespace Search.Evaluation.Torch.Operators;

/// <summary>What kernels read off nodes and tensors.</summary>
internal static class KernelInputs
{
    /// <summary>An input, or null when it is left out.</summary>
    /// <param name="inputs">The node's inputs.</param>
    /// <param name="index">Which one.</param>
    public static TorchTensor? At(this TorchTensor?[] inputs, int index) => index < inputs.Length ? inputs[index] : null;

    /// <summary>How many dimensions there are.</summary>
    /// <param name="tensor">The tensor.</param>
    public static int Rank(this TorchTensor tensor) => tensor.Sizes.Length;

    /// <summary>Whether the elements are floating-point numbers.</summary>
    /// <param name="tensor">The tensor.</param>
    public static bool IsFloat(this TorchTensor tensor) => tensor.Type is TorchType.Float32 or TorchType.Float16 or TorchType.BFloat16 or TorchType.Float64;

    /// <summary>A number that does not change a tensor's element type when they are combined.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="value">The number.</param>
    public static TorchArgument Scalar(this TorchTensor tensor, double value) => tensor.IsFloat() ? value : (TorchArgument)(long)value;

    /// <summary>The one element of a tensor, as a number that does not change the element type.</summary>
    /// <param name="tensor">The tensor.</param>
    public static TorchArgument Scalar(this TorchTensor tensor) => tensor.IsFloat() ? TorchData.Doubles(tensor)[0] : (TorchArgument)TorchData.Ints(tensor)[0];

    /// <summary>The device of a tensor, for one made beside it.</summary>
    /// <param name="tensor">The tensor.</param>
    public static TorchArgument Device(this TorchTensor tensor) => TorchArgument.Device(tensor.Cuda < 0 ? "cpu" : $"cuda:{tensor.Cuda}");

    /// <summary>A tensor with another element type; an alias where it has it already.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="type">The element type.</param>
    public static TorchTensor As(this TorchTensor tensor, TorchType type) => TorchLibrary.Call("to.dtype", tensor, type);

    /// <summary>A tensor whose elements libtorch owns, so that others may share them for longer than managed memory is pinned.</summary>
    /// <param name="wrapped">A tensor over managed memory; it is disposed.</param>
    public static TorchTensor Owned(this TorchTensor wrapped)
    {
        using (wrapped)
        {
            return TorchLibrary.Call("clone", wrapped);
        }
    }

    /// <summary>Numbers as a tensor on another's device.</summary>
    /// <param name="tensor">The other tensor.</param>
    /// <param name="values">The numbers, row-major.</param>
    /// <param name="shape">The dimensions; one when left out.</param>
    public static TorchTensor Beside(this TorchTensor tensor, Array values, params ReadOnlySpan<long> shape)
    {
        using TorchTensor host = TorchData.Wrap(values, shape.IsEmpty ? [values.Length] : shape);
        // A copy even on the CPU: the wrapped memory must not outlive its tensor.
        return TorchLibrary.Call("_to_copy", host, TorchArgument.None, TorchArgument.None, tensor.Device());
    }

    /// <summary>The whole numbers that newer opsets give as an input and older ones as an attribute, or null when they are left out.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="index">The input.</param>
    /// <param name="attribute">The attribute.</param>
    public static long[]? Ints(this OnnxNode node, TorchTensor?[] inputs, int index, string attribute) =>
        inputs.At(index) is { } given ? TorchData.Ints(given) : node.Ints(attribute);

    /// <summary>Counts an axis from the front.</summary>
    /// <param name="node">The node.</param>
    /// <param name="axis">The axis, counted from the back where it is negative.</param>
    /// <param name="rank">How many dimensions there are.</param>
    /// <exception cref="SearchException">There is no such axis.</exception>
    public static int Axis(this OnnxNode node, long axis, int rank) =>
        axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : throw node.Error($"axis {axis} of a tensor with {rank} dimensions");
}
