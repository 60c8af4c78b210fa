using System.Globalization;
using System.Runtime.InteropServices;
using Search.Checkpoints.Onnx;
using Search.Native.OnnxRuntime;

namespace Search.Evaluation.Torch;

/// <summary>The elements of a TensorProto, wherever it keeps them.</summary>
internal static class OnnxTensorBytes
{
    /// <summary>Reads the elements.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="folder">Where files with external data lie.</param>
    /// <returns>The elements, little-endian and row-major.</returns>
    /// <exception cref="SearchException">The data is missing, of another length than the shape's, or outside the model's folder.</exception>
    public static byte[] Read(TensorProto tensor, string folder)
    {
        OrtElementType type = TensorTypes.FromOnnx(tensor.DataType);
        byte[] bytes = OnnxGraph.IsExternal(tensor) ? ReadExternal(tensor, folder)
            : tensor.HasRawData ? tensor.RawData.ToByteArray()
            : ReadTyped(tensor, type);
        long expected = tensor.Dims.Aggregate((long)Size(type), (product, dimension) => checked(product * dimension));
        return bytes.Length == expected
            ? bytes
            : throw new SearchException($"{folder}: tensor '{tensor.Name}' of shape [{string.Join(", ", tensor.Dims)}] takes {expected} bytes, but {bytes.Length} are there.");
    }

    /// <summary>The bytes of one element.</summary>
    /// <param name="type">The element type.</param>
    public static int Size(OrtElementType type) => type switch
    {
        OrtElementType.Double or OrtElementType.Int64 or OrtElementType.UInt64 => 8,
        OrtElementType.Float or OrtElementType.Int32 or OrtElementType.UInt32 => 4,
        OrtElementType.Float16 or OrtElementType.BFloat16 or OrtElementType.Int16 or OrtElementType.UInt16 => 2,
        _ => 1,
    };

    // onnx.proto: types narrower than 32 bits lie in int32_data, one element an entry, 16-bit floats as their bits.
    private static byte[] ReadTyped(TensorProto tensor, OrtElementType type) => type switch
    {
        OrtElementType.Float => MemoryMarshal.AsBytes<float>([.. tensor.FloatData]).ToArray(),
        OrtElementType.Double => MemoryMarshal.AsBytes<double>([.. tensor.DoubleData]).ToArray(),
        OrtElementType.Int64 => MemoryMarshal.AsBytes<long>([.. tensor.Int64Data]).ToArray(),
        OrtElementType.Int32 => MemoryMarshal.AsBytes<int>([.. tensor.Int32Data]).ToArray(),
        OrtElementType.Float16 or OrtElementType.BFloat16 or OrtElementType.Int16 => MemoryMarshal.AsBytes<short>([.. tensor.Int32Data.Select(value => unchecked((short)value))]).ToArray(),
        _ => [.. tensor.Int32Data.Select(value => unchecked((byte)value))],
    };

    private static byte[] ReadExternal(TensorProto tensor, string folder)
    {
        Dictionary<string, string> entries = tensor.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        string path = Path.GetFullPath(entries.GetValueOrDefault("location", ""), folder);
        if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new SearchException($"{folder}: tensor '{tensor.Name}' names external data outside the model's folder: '{path}'.");
        }

        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path);
            long offset = entries.TryGetValue("offset", out string? start) ? long.Parse(start, CultureInfo.InvariantCulture) : 0;
            long length = entries.TryGetValue("length", out string? count) ? long.Parse(count, CultureInfo.InvariantCulture) : RandomAccess.GetLength(file) - offset;
            byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)Math.Min(length, RandomAccess.GetLength(file) - offset)));
            int read = 0;
            while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), offset + read) is > 0 and int more)
            {
                read += more;
            }

            return bytes[..read];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or OverflowException or ArgumentException)
        {
            throw new SearchException($"{path}: the external data of tensor '{tensor.Name}' cannot be read: {exception.Message}", exception);
        }
    }
}
