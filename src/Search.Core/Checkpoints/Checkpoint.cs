using System.Buffers;
using System.Runtime.InteropServices;

namespace Search.Checkpoints;

/// <summary>A model's weights on disk, opened for reading: names, shapes, types, and the elements on demand. Reading is thread-safe.</summary>
public abstract class Checkpoint : IDisposable
{
    private const int ConversionBytes = 1 << 14; // stays in the first-level cache

    private readonly Dictionary<string, TensorInfo> _byName;

    /// <summary>Keeps the tensors.</summary>
    /// <param name="path">The path that was opened.</param>
    /// <param name="tensors">The tensors, with unique names.</param>
    /// <param name="metadata">The file's own metadata.</param>
    protected Checkpoint(string path, IEnumerable<TensorInfo> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Path = path;
        Tensors = [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        Metadata = metadata;
        _byName = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The path that was opened.</summary>
    public string Path { get; }

    /// <summary>All tensors, in ordinal order of their names.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The file's own metadata (safetensors: <c>__metadata__</c>).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a checkpoint: a <c>.safetensors</c> file, a sharded one's <c>.index.json</c>, a folder that holds either, or the initializers of an <c>.onnx</c> file, external data included.</summary>
    /// <param name="path">The file or folder.</param>
    /// <exception cref="CheckpointFormatException">The file breaks its format's rules.</exception>
    /// <exception cref="SearchException">There is no such file, or it is of no known kind.</exception>
    public static Checkpoint Open(string path)
    {
        string file = Directory.Exists(path) ? FindInFolder(path) : path;
        if (!File.Exists(file))
        {
            string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!;
            IEnumerable<string> there = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(name => System.IO.Path.GetFileName(name)!) : [];
            throw new SearchException($"{path}: there is no such file{NearestName.Hint(System.IO.Path.GetFileName(file), there)}.");
        }

        try
        {
            return file switch
            {
                _ when file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) => SafetensorsFile.OpenFile(file),
                _ when file.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase) => ShardedSafetensors.OpenIndex(file),
                _ when file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) => OnnxCheckpoint.OpenModel(file),
                _ => throw new SearchException($"{file}: is no checkpoint that can be read; allowed are .safetensors, .safetensors.index.json, .onnx and folders that hold one."),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SearchException($"{file}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    /// <param name="name">The exact name.</param>
    /// <returns>The tensor, or null when the checkpoint has none of that name.</returns>
    public TensorInfo? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Copies stored bytes.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="byteOffset">Where to start, in bytes from the tensor's start.</param>
    /// <param name="destination">Filled whole; must end inside the tensor.</param>
    public abstract void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination);

    /// <summary>Reads elements as float32.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="elementOffset">The first element to read.</param>
    /// <param name="destination">Filled whole; must end inside the tensor.</param>
    public void ReadFloats(TensorInfo tensor, long elementOffset, Span<float> destination)
    {
        if (tensor.Type == TensorType.F32)
        {
            ReadBytes(tensor, elementOffset * sizeof(float), MemoryMarshal.AsBytes(destination));
            return;
        }

        int size = TensorConversion.ByteSize(tensor.Type);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ConversionBytes);
        try
        {
            int step = ConversionBytes / size;
            for (int done = 0; done < destination.Length; done += step)
            {
                Span<float> slice = destination.Slice(done, Math.Min(step, destination.Length - done));
                Span<byte> bytes = buffer.AsSpan(0, slice.Length * size);
                ReadBytes(tensor, (elementOffset + done) * size, bytes);
                TensorConversion.ToFloat32(bytes, tensor.Type, slice);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a whole tensor as float32.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    public float[] ReadFloats(TensorInfo tensor)
    {
        float[] values = GC.AllocateUninitializedArray<float>(checked((int)tensor.ElementCount));
        ReadFloats(tensor, 0, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the files.</summary>
    /// <param name="disposing">Always true; there is no finalizer.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>Checks that a read stays inside its tensor.</summary>
    private protected static void CheckRange(TensorInfo tensor, long byteOffset, int length)
    {
        if (byteOffset < 0 || byteOffset > tensor.ByteLength - length)
        {
            throw new ArgumentOutOfRangeException(nameof(byteOffset), byteOffset, $"'{tensor.Name}' has {tensor.ByteLength} bytes, asked for {length}.");
        }
    }

    private static string FindInFolder(string folder)
    {
        foreach (string name in new[] { "model.safetensors.index.json", "model.safetensors" })
        {
            if (File.Exists(System.IO.Path.Combine(folder, name)))
            {
                return System.IO.Path.Combine(folder, name);
            }
        }

        string[] files = Directory.GetFiles(folder, "*.safetensors");
        return files.Length == 1
            ? files[0]
            : throw new SearchException($"{folder}: needs model.safetensors.index.json, model.safetensors or exactly one .safetensors file, found {(files.Length == 0 ? "none" : string.Join(", ", files.Select(System.IO.Path.GetFileName)))}.");
    }
}
