using System.Buffers;

namespace Search.Native.Torch;

/// <summary>A tensor's elements as managed code passes them around. The tensor must outlive every use.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="tensor">A contiguous tensor on the CPU.</param>
internal sealed unsafe class TensorMemory<T>(TorchTensor tensor) : MemoryManager<T>
    where T : unmanaged
{
    /// <inheritdoc />
    public override Span<T> GetSpan()
    {
        ReadOnlySpan<T> elements = tensor.Read<T>();
        fixed (T* start = elements)
        {
            return new Span<T>(start, elements.Length);
        }
    }

    /// <inheritdoc />
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        fixed (T* start = tensor.Read<T>())
        {
            return new MemoryHandle(start + elementIndex);
        }
    }

    /// <inheritdoc />
    public override void Unpin()
    {
        // Native memory does not move.
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        // The tensor belongs to its owner.
    }
}
