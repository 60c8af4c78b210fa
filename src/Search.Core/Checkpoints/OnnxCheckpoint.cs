using System.Runtime.InteropServices;
using Search.Checkpoints.Onnx;

namespace Search.Checkpoints;

/// <summary>The initializers of an ONNX file. <see cref="TensorInfo.Offset"/> is 0 for all: protobuf gives elements no fixed place.</summary>
public sealed class OnnxCheckpoint : Checkpoint
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _data;

    private OnnxCheckpoint(string path, List<TensorInfo> tensors, Dictionary<string, ReadOnlyMemory<byte>> data, Dictionary<string, string> metadata)
        : base(path, tensors, metadata) => _data = data;

    /// <summary>Opens a model.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <exception cref="CheckpointFormatException">The file or an initializer breaks the format's rules.</exception>
    public static OnnxCheckpoint OpenModel(string path)
    {
        ModelProto model = OnnxModelFile.Load(path);
        if (model.Graph.SparseInitializer.Count > 0)
        {
            throw new CheckpointFormatException(path, $"sparse initializers are not supported, and the graph has {model.Graph.SparseInitializer.Count}.");
        }

        var tensors = new List<TensorInfo>();
        var data = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (TensorProto initializer in model.Graph.Initializer)
        {
            if (initializer.Name.Length == 0)
            {
                throw new CheckpointFormatException(path, "an initializer has no name.");
            }

            (TensorInfo info, ReadOnlyMemory<byte> bytes) = Read(path, initializer);
            if (!data.TryAdd(info.Name, bytes))
            {
                throw new CheckpointFormatException(path, "the graph has two initializers of this name.", info.Name);
            }

            tensors.Add(info);
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (StringStringEntryProto entry in model.MetadataProps)
        {
            metadata[entry.Key] = entry.Value;
        }

        return new OnnxCheckpoint(path, tensors, data, metadata);
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination)
    {
        CheckRange(tensor, byteOffset, destination.Length);
        _data[tensor.Name].Span.Slice((int)byteOffset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _data.Clear();

    private static (TensorInfo Info, ReadOnlyMemory<byte> Bytes) Read(string path, TensorProto tensor)
    {
        if (tensor.DataLocation != 0 || tensor.ExternalData.Count > 0)
        {
            throw new CheckpointFormatException(path, "the initializer's data lies in another file, which is not supported; save the model with its data inside.", tensor.Name);
        }

        TensorType type = OnnxTensorType.ToTensorType(tensor.DataType)
            ?? throw new CheckpointFormatException(path, $"ONNX element type {tensor.DataType} is not supported.", tensor.Name);
        long length = TensorConversion.ByteSize(type);
        try
        {
            foreach (long dimension in tensor.Dims)
            {
                length = dimension >= 0 ? checked(length * dimension) : throw new CheckpointFormatException(path, $"a dimension must not be negative, got [{string.Join(", ", tensor.Dims)}].", tensor.Name);
            }
        }
        catch (OverflowException)
        {
            throw new CheckpointFormatException(path, $"the shape [{string.Join(", ", tensor.Dims)}] has more bytes than 64 bits can count.", tensor.Name);
        }

        ReadOnlyMemory<byte> bytes = tensor.HasRawData ? tensor.RawData.Memory : TypedData(tensor, type);
        return bytes.Length == length
            ? (new TensorInfo(tensor.Name, type, [.. tensor.Dims], path, 0, length), bytes)
            : throw new CheckpointFormatException(path, $"{type} × [{string.Join(", ", tensor.Dims)}] takes {length} bytes, but the initializer holds {bytes.Length}.", tensor.Name);
    }

    // onnx.proto: types narrower than 32 bits lie in int32_data, one element an entry, 16-bit floats as their bits.
    private static byte[] TypedData(TensorProto tensor, TensorType type) => type switch
    {
        TensorType.F32 => MemoryMarshal.AsBytes<float>([.. tensor.FloatData]).ToArray(),
        TensorType.F64 => MemoryMarshal.AsBytes<double>([.. tensor.DoubleData]).ToArray(),
        TensorType.I64 => MemoryMarshal.AsBytes<long>([.. tensor.Int64Data]).ToArray(),
        TensorType.I32 => MemoryMarshal.AsBytes<int>([.. tensor.Int32Data]).ToArray(),
        TensorType.F16 or TensorType.BF16 or TensorType.I16 => MemoryMarshal.AsBytes<short>([.. tensor.Int32Data.Select(value => unchecked((short)value))]).ToArray(),
        _ => [.. tensor.Int32Data.Select(value => unchecked((byte)value))],
    };
}
