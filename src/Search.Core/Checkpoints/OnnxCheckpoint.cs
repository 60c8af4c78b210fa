using Microsoft.Win32.SafeHandles;
using Search.Checkpoints.Onnx;

namespace Search.Checkpoints;

/// <summary>
/// The initializers of an ONNX file. <see cref="TensorInfo.Offset"/> is 0 for those in the file itself, because protobuf gives elements no
/// fixed place; external data is read at its position when it is asked for.
/// </summary>
public sealed class OnnxCheckpoint : Checkpoint
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _data;
    private readonly Dictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);

    private OnnxCheckpoint(string path, List<TensorInfo> tensors, Dictionary<string, ReadOnlyMemory<byte>> data, Dictionary<string, string> metadata)
        : base(path, tensors, metadata)
    {
        _data = data;
        try
        {
            foreach (string file in tensors.Where(tensor => !data.ContainsKey(tensor.Name)).Select(tensor => tensor.File).Distinct(StringComparer.Ordinal))
            {
                _files.Add(file, File.OpenHandle(file));
            }
        }
        catch
        {
            Dispose(true);
            throw;
        }
    }

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

        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var tensors = new List<TensorInfo>();
        var data = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (TensorProto initializer in model.Graph.Initializer)
        {
            if (initializer.Name.Length == 0)
            {
                throw new CheckpointFormatException(path, "an initializer has no name.");
            }

            if (!names.Add(initializer.Name))
            {
                throw new CheckpointFormatException(path, "the graph has two initializers of this name.", initializer.Name);
            }

            TensorType type = OnnxTensorType.ToTensorType(initializer.DataType)
                ?? throw new CheckpointFormatException(path, $"ONNX element type {initializer.DataType} is not supported.", initializer.Name);
            if (OnnxTensorData.IsExternal(initializer))
            {
                ExternalTensor place = OnnxTensorData.Locate(initializer, folder, path);
                tensors.Add(new TensorInfo(initializer.Name, type, [.. initializer.Dims], place.File, place.Offset, place.Length));
            }
            else
            {
                ReadOnlyMemory<byte> bytes = OnnxTensorData.Inline(initializer, path);
                data.Add(initializer.Name, bytes);
                tensors.Add(new TensorInfo(initializer.Name, type, [.. initializer.Dims], path, 0, bytes.Length));
            }
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
        if (_data.TryGetValue(tensor.Name, out ReadOnlyMemory<byte> bytes))
        {
            bytes.Span.Slice((int)byteOffset, destination.Length).CopyTo(destination);
        }
        else
        {
            OnnxTensorData.ReadExactly(_files[tensor.File], tensor.Offset + byteOffset, destination);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _data.Clear();
        foreach (SafeFileHandle file in _files.Values)
        {
            file.Dispose();
        }
    }
}
