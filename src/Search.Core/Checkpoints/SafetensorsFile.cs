using Microsoft.Win32.SafeHandles;

namespace Search.Checkpoints;

/// <summary>One safetensors file of any size, of which no more is in memory than was asked for.</summary>
public sealed class SafetensorsFile : Checkpoint
{
    private readonly SafeFileHandle _file;

    private SafetensorsFile(string path, SafetensorsHeader header, SafeFileHandle file)
        : base(path, header.Tensors, header.Metadata) => _file = file;

    /// <summary>Opens and checks a file; replacing it by a rename while it is open is fine.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">The file breaks the format's rules.</exception>
    public static SafetensorsFile OpenFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        SafetensorsHeader header = SafetensorsHeader.Read(path, stream);
        return new SafetensorsFile(path, header, File.OpenHandle(path));
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination)
    {
        CheckRange(tensor, byteOffset, destination.Length);
        for (int done = 0, count; done < destination.Length; done += count)
        {
            long offset = tensor.Offset + byteOffset + done;
            count = RandomAccess.Read(_file, destination[done..], offset);
            if (count == 0)
            {
                throw new CheckpointFormatException(Path, "the file was cut short while it was open.", tensor.Name, offset);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
    }
}
