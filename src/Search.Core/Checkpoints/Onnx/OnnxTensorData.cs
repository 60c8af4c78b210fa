using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Search.Checkpoints.Onnx;

/// <summary>The elements of a TensorProto, little-endian and row-major, wherever it keeps them: in the message or in a file beside the model's.</summary>
internal static class OnnxTensorData
{
    private const int ExternalLocation = 1;

    /// <summary>Whether a tensor's elements lie in another file.</summary>
    /// <param name="tensor">The tensor.</param>
    public static bool IsExternal(TensorProto tensor) => tensor.DataLocation == ExternalLocation;

    /// <summary>How many bytes a tensor's type and shape take.</summary>
    /// <param name="tensor">The tensor, of a type that <see cref="OnnxTensorType.ByteSize"/> knows.</param>
    /// <param name="model">The model's file, for errors.</param>
    /// <exception cref="CheckpointFormatException">A dimension is negative, or the product overflows.</exception>
    public static long ByteLength(TensorProto tensor, string model)
    {
        long length = OnnxTensorType.ByteSize(tensor.DataType);
        try
        {
            foreach (long dimension in tensor.Dims)
            {
                length = dimension >= 0
                    ? checked(length * dimension)
                    : throw new CheckpointFormatException(model, $"a dimension must not be negative, got [{string.Join(", ", tensor.Dims)}].", tensor.Name);
            }
        }
        catch (OverflowException)
        {
            throw new CheckpointFormatException(model, $"the shape [{string.Join(", ", tensor.Dims)}] has more bytes than 64 bits can count.", tensor.Name);
        }

        return length;
    }

    /// <summary>The elements of a tensor whose message holds them.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="model">The model's file, for errors.</param>
    /// <exception cref="CheckpointFormatException">They are more or fewer than the shape says.</exception>
    public static ReadOnlyMemory<byte> Inline(TensorProto tensor, string model)
    {
        long length = ByteLength(tensor, model);
        ReadOnlyMemory<byte> bytes = tensor.HasRawData ? tensor.RawData.Memory : TypedData(tensor);
        return bytes.Length == length
            ? bytes
            : throw new CheckpointFormatException(model, $"{TypeName(tensor)} × [{string.Join(", ", tensor.Dims)}] takes {length} bytes, but the initializer holds {bytes.Length}.", tensor.Name);
    }

    /// <summary>Finds the elements of a tensor whose message points to another file; nothing is read.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="model">The model's file, for errors.</param>
    /// <exception cref="CheckpointFormatException">The file is missing, too short, or outside the folder, or the length contradicts the shape.</exception>
    public static ExternalTensor Locate(TensorProto tensor, string folder, string model)
    {
        long expected = ByteLength(tensor, model);
        Dictionary<string, string> entries = tensor.ExternalData.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        string location = entries.GetValueOrDefault("location", "");
        if (location.Length == 0 || location.Contains('\0'))
        {
            throw new CheckpointFormatException(model, "the data lies in another file, but no location says in which.", tensor.Name);
        }

        string file = Path.GetFullPath(location, Path.GetFullPath(folder));
        if (!file.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new CheckpointFormatException(model, $"external data must lie inside the model's folder, got '{location}'.", tensor.Name);
        }

        var info = new FileInfo(file);
        if (!info.Exists)
        {
            throw new CheckpointFormatException(model, $"the external data file '{location}' is not there.", tensor.Name);
        }

        long offset = Number(entries, "offset", 0, tensor, model);
        long length = Number(entries, "length", expected, tensor, model);
        if (length != expected)
        {
            throw new CheckpointFormatException(model, $"{TypeName(tensor)} × [{string.Join(", ", tensor.Dims)}] takes {expected} bytes, but its external data has {length}.", tensor.Name);
        }

        return offset <= info.Length - length
            ? new ExternalTensor(file, offset, length)
            : throw new CheckpointFormatException(model, $"the external data is bytes {offset} to {offset} + {length} of '{location}', which has {info.Length}.", tensor.Name);
    }

    /// <summary>Reads a whole tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="model">The model's file, for errors.</param>
    /// <exception cref="SearchException">The data is missing, cannot be read, or contradicts the shape.</exception>
    public static ReadOnlyMemory<byte> Read(TensorProto tensor, string folder, string model)
    {
        if (!IsExternal(tensor))
        {
            return Inline(tensor, model);
        }

        ExternalTensor place = Locate(tensor, folder, model);
        if (place.Length > Array.MaxLength)
        {
            throw new CheckpointFormatException(model, $"{place.Length} bytes are more than the {Array.MaxLength} that are read at once.", tensor.Name);
        }

        try
        {
            using SafeFileHandle file = File.OpenHandle(place.File);
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)place.Length);
            ReadExactly(file, place.Offset, bytes);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SearchException($"{place.File}: the external data of tensor '{tensor.Name}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads bytes at a position; thread-safe.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Filled whole.</param>
    /// <exception cref="EndOfStreamException">The file ends before.</exception>
    public static void ReadExactly(SafeFileHandle file, long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int read = RandomAccess.Read(file, destination, offset);
            if (read == 0)
            {
                throw new EndOfStreamException($"the file ends at byte {offset}.");
            }

            offset += read;
            destination = destination[read..];
        }
    }

    private static string TypeName(TensorProto tensor) => OnnxTensorType.ToTensorType(tensor.DataType)?.ToString() ?? $"type {tensor.DataType}";

    private static long Number(Dictionary<string, string> entries, string key, long otherwise, TensorProto tensor, string model) =>
        !entries.TryGetValue(key, out string? text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
        : throw new CheckpointFormatException(model, $"the external data's {key} must be a whole number of at least 0, got '{text}'.", tensor.Name);

    // onnx.proto: types narrower than 32 bits lie in int32_data, one element an entry, 16-bit floats as their bits.
    private static byte[] TypedData(TensorProto tensor) => tensor.DataType switch
    {
        OnnxTensorType.Float => MemoryMarshal.AsBytes<float>([.. tensor.FloatData]).ToArray(),
        OnnxTensorType.Double => MemoryMarshal.AsBytes<double>([.. tensor.DoubleData]).ToArray(),
        OnnxTensorType.Int64 => MemoryMarshal.AsBytes<long>([.. tensor.Int64Data]).ToArray(),
        OnnxTensorType.Int32 => MemoryMarshal.AsBytes<int>([.. tensor.Int32Data]).ToArray(),
        OnnxTensorType.Float16 or OnnxTensorType.BFloat16 or OnnxTensorType.Int16 =>
            MemoryMarshal.AsBytes<short>([.. tensor.Int32Data.Select(value => unchecked((short)value))]).ToArray(),
        _ => [.. tensor.Int32Data.Select(value => unchecked((byte)value))],
    };
}
