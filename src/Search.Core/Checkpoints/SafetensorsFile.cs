using System.IO.MemoryMappedFiles;

namespace Search.Checkpoints;

/// <summary>One safetensors file, memory-mapped, of any size.</summary>
public sealed class SafetensorsFile : Checkpoint
{
    private readonly MemoryMappedFile _file;
    private MemoryMappedViewAccessor _view;

    private SafetensorsFile(string path, SafetensorsHeader header, MemoryMappedFile file)
        : base(path, header.Tensors, header.Metadata)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>Opens and checks a file, which must not be cut short while it is open; replacing it by a rename is fine.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">The file breaks the format's rules.</exception>
    public static SafetensorsFile OpenFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        SafetensorsHeader header = SafetensorsHeader.Read(path, stream);
        return new SafetensorsFile(path, header, MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read));
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination)
    {
        CheckRange(tensor, byteOffset, destination.Length);
        if (destination.IsEmpty)
        {
            return;
        }

        // A stream of its own for each call keeps reads independent. SafeBuffer.ReadSpan would do without one, but copies element by
        // element: measured 1.6 GB/s against 6 GB/s.
        using var source = new UnmanagedMemoryStream(_view.SafeMemoryMappedViewHandle, tensor.Offset + byteOffset, destination.Length, FileAccess.Read);
        source.ReadExactly(destination);
    }

    /// <inheritdoc/>
    public override void Trim()
    {
        // Pages of the mapping count as the process's memory until it is undone.
        _view.Dispose();
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _view.Dispose();
        _file.Dispose();
    }
}
