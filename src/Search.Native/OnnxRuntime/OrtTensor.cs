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
}
