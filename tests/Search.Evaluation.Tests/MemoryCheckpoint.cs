using System.Runtime.InteropServices;
using Search.Checkpoints;

namespace Search.Evaluation.Tests;

// A checkpoint whose tensors are arrays.
internal sealed class MemoryCheckpoint : Checkpoint
{
    private readonly Dictionary<string, (TensorInfo Info, byte[] Bytes)> _tensors;

    public MemoryCheckpoint(string path = "memory.safetensors")
        : this(path, [])
    {
    }

    private MemoryCheckpoint(string path, Dictionary<string, (TensorInfo Info, byte[] Bytes)> tensors)
        : base(path, tensors.Values.Select(tensor => tensor.Info), new Dictionary<string, string>()) => _tensors = tensors;

    public bool IsDisposed { get; private set; }

    public int Reads { get; private set; }

    public MemoryCheckpoint With<T>(string name, T[] values, params long[] shape)
        where T : unmanaged => With(name, TypeOf<T>(), MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), shape);

    public MemoryCheckpoint With(string name, TensorType type, byte[] bytes, params long[] shape) =>
        new(Path, new(_tensors) { [name] = (new TensorInfo(name, type, shape, Path, 0, bytes.Length), bytes) });

    public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        Reads++;
        _tensors[tensor.Name].Bytes.AsSpan((int)byteOffset, destination.Length).CopyTo(destination);
    }

    protected override void Dispose(bool disposing) => IsDisposed = true;

    private static TensorType TypeOf<T>()
        where T : unmanaged => default(T) switch
        {
            float => TensorType.F32,
            double => TensorType.F64,
            Half => TensorType.F16,
            long => TensorType.I64,
            int => TensorType.I32,
            short => TensorType.I16,
            sbyte => TensorType.I8,
            byte => TensorType.U8,
            bool => TensorType.Bool,
            _ => throw new NotSupportedException(),
        };
}
