namespace Search.Native.OnnxRuntime;

/// <summary>A tensor the library sees: memory of ours wrapped without a copy, or an output of the library's.</summary>
internal sealed class OrtTensor : IDisposable
{
    private readonly OrtApi _api;

    /// <summary>Takes a value.</summary>
    /// <param name="api">The library's calls.</param>
    /// <param name="handle">The value, owned from here on.</param>
    internal OrtTensor(OrtApi api, OrtValueHandle handle)
    {
        _api = api;
        Handle = handle;
        try
        {
            (Type, Shape) = api.GetTensorTypeAndShape(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The element type.</summary>
    public OrtElementType Type { get; }

    /// <summary>The dimensions, outermost first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How many elements the tensor has.</summary>
    public long ElementCount => Product([.. Shape]);

    /// <summary>The value, for the calls of this folder.</summary>
    internal OrtValueHandle Handle { get; }

    /// <summary>The elements.</summary>
    /// <typeparam name="T">The type that <see cref="Type"/> stands for.</typeparam>
    /// <returns>The elements, row-major; valid until this tensor is disposed.</returns>
    /// <exception cref="ArgumentException">The elements have another type.</exception>
    public ReadOnlySpan<T> Read<T>()
        where T : unmanaged
    {
        if (TypeOf<T>() != Type)
        {
            throw new ArgumentException($"The tensor holds {Type} elements, not {typeof(T).Name}.", nameof(T));
        }

        return _api.GetTensorData<T>(Handle, checked((int)ElementCount));
    }

    /// <summary>Views some of the rows without copying them.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many rows.</param>
    /// <returns>The rows; the caller disposes them, before this tensor or after it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public OrtTensor Rows(long first, long count)
    {
        long rows = Shape.Count == 0 ? 0 : Shape[0];
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, rows - count);
        long row = rows == 0 ? 0 : ElementCount / rows;
        return View(first * row, [count, .. Shape.Skip(1)]);
    }

    /// <summary>Views the whole tensor without copying it.</summary>
    /// <returns>The tensor; the caller disposes it, before this one or after it.</returns>
    public OrtTensor View() => View(0, [.. Shape]);

    /// <inheritdoc />
    public void Dispose() => Handle.Dispose();

    /// <summary>The number of elements a shape has.</summary>
    /// <param name="shape">The dimensions, none negative.</param>
    /// <returns>Their product.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is negative.</exception>
    internal static long Product(ReadOnlySpan<long> shape)
    {
        long product = 1;
        foreach (long dimension in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(shape));
            product = checked(product * dimension);
        }

        return product;
    }

    /// <summary>The bytes an element takes.</summary>
    /// <param name="type">The element type.</param>
    /// <exception cref="NotSupportedException">Elements are no plain numbers.</exception>
    internal static int ByteSize(OrtElementType type) => type switch
    {
        OrtElementType.Bool or OrtElementType.Int8 or OrtElementType.UInt8 => 1,
        OrtElementType.Int16 or OrtElementType.UInt16 or OrtElementType.Float16 or OrtElementType.BFloat16 => 2,
        OrtElementType.Int32 or OrtElementType.UInt32 or OrtElementType.Float => 4,
        OrtElementType.Int64 or OrtElementType.UInt64 or OrtElementType.Double => 8,
        _ => throw new NotSupportedException($"Elements of {type} have no size."),
    };

    /// <summary>The library's name for a managed element type.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <returns>The element type.</returns>
    /// <exception cref="NotSupportedException">Tensors of that type cannot be wrapped.</exception>
    internal static OrtElementType TypeOf<T>()
        where T : unmanaged => default(T) switch
        {
            float => OrtElementType.Float,
            double => OrtElementType.Double,
            Half => OrtElementType.Float16,
            long => OrtElementType.Int64,
            int => OrtElementType.Int32,
            short => OrtElementType.Int16,
            sbyte => OrtElementType.Int8,
            byte => OrtElementType.UInt8,
            bool => OrtElementType.Bool,
            _ => throw new NotSupportedException($"Tensors of {typeof(T).Name} are not supported."),
        };

    private OrtTensor View(long first, ReadOnlySpan<long> shape)
    {
        using OrtMemoryInfoHandle memory = _api.CreateCpuMemoryInfo();
        return new OrtTensor(_api, _api.CreateView(memory, Handle, first * ByteSize(Type), Product(shape) * ByteSize(Type), Type, shape));
    }
}
