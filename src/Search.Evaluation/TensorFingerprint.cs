using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Search.Checkpoints;
using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation;

/// <summary>Identifies float tensors by type, shape and values, so that a graph's can be found among a checkpoint's.</summary>
internal static class TensorFingerprint
{
    /// <summary>A graph tensor's fingerprint.</summary>
    /// <param name="tensor">The tensor, of a floating-point type.</param>
    /// <param name="model">The graph's file.</param>
    /// <returns>The fingerprint, or null when all elements are one number: too many tensors start as zeros or ones for that to prove anything.</returns>
    /// <exception cref="SearchException">The values cannot be read.</exception>
    public static string? Of(TensorProto tensor, string model)
    {
        ReadOnlySpan<byte> bytes = OnnxTensorData.Read(tensor, Path.GetDirectoryName(Path.GetFullPath(model))!, model).Span;
        int size = OnnxTensorType.ByteSize(tensor.DataType);
        bool uniform = bytes.Length <= size || bytes[size..].SequenceEqual(bytes[..^size]);
        return uniform ? null : Of(bytes, TensorTypes.FromOnnx(tensor.DataType), tensor.Dims);
    }

    /// <summary>The fingerprint that a graph's tensor has when it holds a checkpoint's.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="tensor">One of its tensors.</param>
    /// <param name="type">The graph's element type, to which the values are rounded.</param>
    /// <param name="transposed">Whether the graph holds the transpose of the matrix.</param>
    public static string Of(Checkpoint file, TensorInfo tensor, OrtElementType type, bool transposed)
    {
        float[] values = file.ReadFloats(tensor);
        if (transposed)
        {
            float[] turned = GC.AllocateUninitializedArray<float>(values.Length);
            (int rows, int columns) = ((int)tensor.Shape[0], (int)tensor.Shape[1]);
            MatrixTranspose.Copy<float>(values, rows, columns, 0, columns, turned);
            values = turned;
        }

        IEnumerable<long> shape = transposed ? tensor.Shape.Reverse() : tensor.Shape;
        if (type == OrtElementType.Float)
        {
            return Of(MemoryMarshal.AsBytes<float>(values), type, shape);
        }

        byte[] rounded = GC.AllocateUninitializedArray<byte>(values.Length * sizeof(short));
        TensorConversion.FromFloat32(values, type == OrtElementType.Float16 ? TensorType.F16 : TensorType.BF16, rounded);
        return Of(rounded, type, shape);
    }

    private static string Of(ReadOnlySpan<byte> bytes, OrtElementType type, IEnumerable<long> shape) =>
        $"{type} [{string.Join(", ", shape)}] {Convert.ToHexString(SHA256.HashData(bytes))}";
}
