namespace Search.Checkpoints;

/// <summary>A model's weights on disk, opened for reading: names, shapes, types, and the elements on demand. Reading is thread-safe.</summary>
public abstract class Checkpoint : IDisposable
{
    /// <summary>The path that was opened.</summary>
    public abstract string Path { get; }

    /// <summary>All tensors, in ordinal order of their names.</summary>
    public abstract IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The file's own metadata (safetensors: <c>__metadata__</c>).</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Finds a tensor by name.</summary>
    /// <param name="name">The exact name.</param>
    /// <returns>The tensor, or null when the checkpoint has none of that name.</returns>
    public abstract TensorInfo? Find(string name);

    /// <summary>Copies stored bytes.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="byteOffset">Where to start, in bytes from the tensor's start.</param>
    /// <param name="destination">Filled whole; must end inside the tensor.</param>
    public abstract void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination);

    /// <summary>Releases the files.</summary>
    public abstract void Dispose();
}
