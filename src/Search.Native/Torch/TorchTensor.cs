using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Search.Native.Torch;

/// <summary>A tensor of libtorch's. Its elements live as long as any tensor that shares them.</summary>
internal sealed unsafe class TorchTensor : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int MostDimensions = 64;

    private long[]? _shape;
    private TorchType _type;
    private int _cuda;
    private void* _data;

    /// <summary>Takes ownership of a native tensor.</summary>
    /// <param name="pointer">The bridge's handle.</param>
    internal TorchTensor(nint pointer)
        : base(ownsHandle: true) => SetHandle(pointer);

    /// <summary>The dimensions, outermost first.</summary>
    public IReadOnlyList<long> Shape => Sizes;

    /// <summary>The dimensions as an array that must not be changed.</summary>
    public long[] Sizes
    {
        get
        {
            Describe();
            return _shape!;
        }
    }

    /// <summary>How many elements there are.</summary>
    public long ElementCount
    {
        get
        {
            long count = 1;
            foreach (long size in Sizes)
            {
                count *= size;
            }

            return count;
        }
    }

    /// <summary>The element type.</summary>
    public TorchType Type
    {
        get
        {
            Describe();
            return _type;
        }
    }

    /// <summary>The CUDA device that holds the elements, or −1 for the CPU.</summary>
    public int Cuda
    {
        get
        {
            Describe();
            return _cuda;
        }
    }

    /// <summary>Wraps memory without copying it; it stays pinned until the last tensor that shares it is disposed.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="memory">The elements, row-major.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <exception cref="ArgumentException">The shape has another number of elements than the memory.</exception>
    public static TorchTensor Wrap<T>(Memory<T> memory, ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        long count = 1;
        foreach (long size in shape)
        {
            count = size < 0 ? -1 : checked(count * size);
        }

        if (count != memory.Length)
        {
            throw new ArgumentException($"A tensor of shape [{string.Join(", ", shape.ToArray())}] does not have {memory.Length} elements.", nameof(shape));
        }

        MemoryHandle pin = memory.Pin();
        var held = GCHandle.Alloc(pin); // boxed: the handle is a structure
        nint pointer;
        fixed (long* sizes = shape)
        {
            int status = TorchApi.search_torch_wrap(pin.Pointer, sizes, shape.Length, TypeOf<T>(), &Release, GCHandle.ToIntPtr(held), &pointer);
            if (status != 0)
            {
                pin.Dispose();
                held.Free();
            }

            TorchApi.Check(status, "a tensor could not be made");
        }

        return new TorchTensor(pointer);
    }

    /// <summary>The elements of a contiguous tensor on the CPU.</summary>
    /// <typeparam name="T">The type that <see cref="Type"/> stands for.</typeparam>
    /// <returns>The elements, row-major; valid until this tensor is disposed.</returns>
    /// <exception cref="InvalidOperationException">The elements are of another type, on another device, or not contiguous.</exception>
    public ReadOnlySpan<T> Read<T>()
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        Describe();
        if (_type != TypeOf<T>() || (_data is null && ElementCount > 0))
        {
            throw new InvalidOperationException($"A tensor of {_type} on {(_cuda < 0 ? "the CPU" : $"cuda:{_cuda}")} cannot be read as contiguous {typeof(T).Name} elements.");
        }

        return new ReadOnlySpan<T>(_data, checked((int)ElementCount));
    }

    /// <summary>The elements of a contiguous tensor on the CPU, for code that passes memory on.</summary>
    /// <typeparam name="T">The type that <see cref="Type"/> stands for.</typeparam>
    /// <returns>The elements, row-major; valid until this tensor is disposed.</returns>
    public ReadOnlyMemory<T> AsMemory<T>()
        where T : unmanaged => new TensorMemory<T>(this).Memory;

    /// <summary>The bridge's handle for one call, during which the caller keeps this tensor alive.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
    internal nint Borrowed()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        return handle;
    }

    /// <summary>libtorch's name for a managed element type.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static TorchType TypeOf<T>()
        where T : unmanaged => default(T) switch
        {
            float => TorchType.Float32,
            double => TorchType.Float64,
            Half => TorchType.Float16,
            long => TorchType.Int64,
            int => TorchType.Int32,
            short => TorchType.Int16,
            sbyte => TorchType.Int8,
            byte => TorchType.UInt8,
            bool => TorchType.Bool,
            _ => throw new NotSupportedException($"Tensors of {typeof(T).Name} are not supported."),
        };

    /// <inheritdoc />
    protected override bool ReleaseHandle()
    {
        TorchApi.search_torch_release(handle);
        return true;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Release(nint context)
    {
        var held = GCHandle.FromIntPtr(context);
        ((MemoryHandle)held.Target!).Dispose();
        held.Free();
    }

    private void Describe()
    {
        if (_shape is not null)
        {
            return;
        }

        ObjectDisposedException.ThrowIf(IsClosed, this);
        long* sizes = stackalloc long[MostDimensions];
        int dimensions;
        TorchType type;
        int cuda;
        void* data;
        TorchApi.Check(TorchApi.search_torch_describe(handle, sizes, MostDimensions, &dimensions, &type, &cuda, &data), "a tensor could not be described");
        _type = type;
        _cuda = cuda;
        _data = data;
        _shape = new ReadOnlySpan<long>(sizes, dimensions).ToArray();
        GC.KeepAlive(this);
    }
}
