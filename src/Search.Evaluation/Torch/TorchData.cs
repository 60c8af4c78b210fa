using System.Runtime.InteropServices;
using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Tensors from ONNX files and arrays, and back into numbers.</summary>
internal static class TorchData
{
    /// <summary>libtorch's number for an ONNX element type.</summary>
    /// <param name="type">The graph's type.</param>
    /// <returns>The type, or null when libtorch has none.</returns>
    public static TorchType? Type(OrtElementType type) => type switch
    {
        OrtElementType.Float => TorchType.Float32,
        OrtElementType.UInt8 => TorchType.UInt8,
        OrtElementType.Int8 => TorchType.Int8,
        OrtElementType.Int16 => TorchType.Int16,
        OrtElementType.Int32 => TorchType.Int32,
        OrtElementType.Int64 => TorchType.Int64,
        OrtElementType.Bool => TorchType.Bool,
        OrtElementType.Float16 => TorchType.Float16,
        OrtElementType.Double => TorchType.Float64,
        OrtElementType.BFloat16 => TorchType.BFloat16,
        _ => null,
    };

    /// <summary>A one-dimensional tensor of integers.</summary>
    /// <param name="values">The elements.</param>
    public static TorchTensor Of(long[] values) => TorchTensor.Wrap<long>(values, [values.Length]);

    /// <summary>A tensor's elements as integers, from whichever device.</summary>
    /// <param name="tensor">The tensor; any shape and element type.</param>
    public static long[] Ints(TorchTensor tensor)
    {
        using TorchTensor integers = OnHost(tensor, TorchType.Int64);
        return integers.Read<long>().ToArray();
    }

    /// <summary>A tensor's elements as doubles, from whichever device.</summary>
    /// <param name="tensor">The tensor; any shape and element type.</param>
    public static double[] Doubles(TorchTensor tensor)
    {
        using TorchTensor doubles = OnHost(tensor, TorchType.Float64);
        return doubles.Read<double>().ToArray();
    }

    /// <summary>A tensor on another's device: a copy, or an alias where it is there already.</summary>
    /// <param name="place">The other tensor.</param>
    /// <param name="tensor">The tensor.</param>
    public static TorchTensor OnDeviceOf(TorchTensor place, TorchTensor tensor) =>
        TorchLibrary.Call("to.device", tensor, TorchArgument.Device(place.Cuda < 0 ? "cpu" : $"cuda:{place.Cuda}"), tensor.Type);

    /// <summary>A tensor on a device: a copy, or an alias where it is there already.</summary>
    /// <param name="device">The device, such as <c>cuda:0</c>.</param>
    /// <param name="tensor">The tensor; released by this call.</param>
    public static TorchTensor Moved(string device, TorchTensor tensor)
    {
        using (tensor)
        {
            return TorchLibrary.Call("to.device", tensor, TorchArgument.Device(device), tensor.Type);
        }
    }

    /// <summary>A contiguous copy or alias on the CPU.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="type">The element type wanted.</param>
    public static TorchTensor OnHost(TorchTensor tensor, TorchType type)
    {
        using TorchTensor host = TorchLibrary.Call("to.device", tensor, TorchArgument.Device("cpu"), type);
        return TorchLibrary.Call("contiguous", host);
    }

    /// <summary>Wraps an array whose element type stands for a graph's.</summary>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="shape">The dimensions.</param>
    public static TorchTensor Wrap(Array values, ReadOnlySpan<long> shape) => values switch
    {
        float[] typed => TorchTensor.Wrap<float>(typed, shape),
        Half[] typed => TorchTensor.Wrap<Half>(typed, shape),
        double[] typed => TorchTensor.Wrap<double>(typed, shape),
        long[] typed => TorchTensor.Wrap<long>(typed, shape),
        int[] typed => TorchTensor.Wrap<int>(typed, shape),
        short[] typed => TorchTensor.Wrap<short>(typed, shape),
        sbyte[] typed => TorchTensor.Wrap<sbyte>(typed, shape),
        byte[] typed => TorchTensor.Wrap<byte>(typed, shape),
        bool[] typed => TorchTensor.Wrap<bool>(typed, shape),
        _ => throw new NotSupportedException($"Tensors of {values.GetType().GetElementType()?.Name} are not supported."),
    };

    /// <summary>A tensor that an ONNX file holds, copied.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="folder">Where files with external data lie.</param>
    /// <exception cref="SearchException">Its type or its data cannot be read.</exception>
    public static TorchTensor Read(TensorProto tensor, string folder)
    {
        TorchType type = Type(TensorTypes.FromOnnx(tensor.DataType))
            ?? throw new SearchException($"{folder}: tensor '{tensor.Name}' has ONNX element type {tensor.DataType}, which the torch engine does not know.");
        byte[] bytes = OnnxTensorData.Read(tensor, folder, folder).ToArray();
        long[] shape = [.. tensor.Dims];
        return type switch
        {
            TorchType.Float32 => TorchTensor.Wrap<float>(Cast<float>(bytes), shape),
            TorchType.Float64 => TorchTensor.Wrap<double>(Cast<double>(bytes), shape),
            TorchType.Float16 => TorchTensor.Wrap<Half>(Cast<Half>(bytes), shape),
            TorchType.Int64 => TorchTensor.Wrap<long>(Cast<long>(bytes), shape),
            TorchType.Int32 => TorchTensor.Wrap<int>(Cast<int>(bytes), shape),
            TorchType.Int16 => TorchTensor.Wrap<short>(Cast<short>(bytes), shape),
            TorchType.Int8 => TorchTensor.Wrap<sbyte>(Cast<sbyte>(bytes), shape),
            TorchType.UInt8 => TorchTensor.Wrap<byte>(bytes, shape),
            TorchType.Bool => TorchTensor.Wrap<bool>(Array.ConvertAll(bytes, value => value != 0), shape),
            _ => Widened(bytes, shape),
        };
    }

    // No managed type is a bfloat16: its bits are the upper half of a float's.
    private static TorchTensor Widened(byte[] bytes, long[] shape)
    {
        float[] floats = Array.ConvertAll(Cast<ushort>(bytes), bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
        using TorchTensor wide = TorchTensor.Wrap<float>(floats, shape);
        return TorchLibrary.Call("to.dtype", wide, TorchType.BFloat16);
    }

    private static T[] Cast<T>(byte[] bytes)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes).ToArray();
}
