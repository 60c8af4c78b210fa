using System.Runtime.InteropServices;
using Search.Checkpoints;

namespace Search.Evaluation.Tests;

// A checkpoint whose tensors are arrays.
internal sealed class MemoryCheckpoint(string path = "memory.safetensors") : Checkpoint
{
    private readonly SortedDictionary<string, (TensorInfo Info, byte[] Bytes)> _tensors = new(StringComparer.Ordinal);

    public override string Path => path;

    public override IReadOnlyList<TensorInfo> Tensors => [.. _tensors.Values.Select(tensor => tensor.Info)];

    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public bool IsDisposed { get; private set; }

    public int Reads { get; private set; }

    public MemoryCheckpoint With<T>(string name, T[] values, params long[] shape)
        where T : unmanaged => With(name, TypeOf<T>(), MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), shape);

    public MemoryCheckpoint With(string name, TensorType type, byte[] bytes, params long[] shape)
    {
        _tensors[name] = (new TensorInfo(name, type, shape, path, 0, bytes.Length), bytes);
        return this;
    }

    public override TensorInfo? Find(string name) => _tensors.TryGetValue(name, out (TensorInfo Info, byte[] Bytes) tensor) ? tensor.Info : null;

    public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        Reads++;
        _tensors[tensor.Name].Bytes.AsSpan((int)byteOffset, destination.Length).CopyTo(destination);
    }

    public override void Dispose() => IsDisposed = true;

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
