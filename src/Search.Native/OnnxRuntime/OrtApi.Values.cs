using System.Buffers;

namespace Search.Native.OnnxRuntime;

// Tensors and bindings.
internal sealed unsafe partial class OrtApi
{
    /// <summary>Wraps memory as a tensor without copying it.</summary>
    /// <param name="memory">Where the library is told the memory lies.</param>
    /// <param name="pin">The pinned memory; the returned handle releases the pin, and this method does when it throws.</param>
    /// <param name="byteLength">The memory's length in bytes.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <returns>The tensor.</returns>
    public OrtValueHandle CreateTensor(OrtMemoryInfoHandle memory, MemoryHandle pin, long byteLength, OrtElementType type, ReadOnlySpan<long> shape)
    {
        try
        {
            using OrtHandleUse use = new(memory);
            nint value;
            fixed (long* dimensions = shape)
            {
                Check(_table->CreateTensorWithDataAsOrtValue(use.Value, pin.Pointer, checked((nuint)byteLength), dimensions, (nuint)shape.Length, (int)type, &value));
            }

            return new OrtValueHandle(this, value, pin);
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }

    /// <summary>Makes a tensor of a stretch of another's memory.</summary>
    /// <param name="memory">Where the library is told the memory lies.</param>
    /// <param name="whole">The other tensor, in host memory; the view keeps it alive.</param>
    /// <param name="byteOffset">Where the stretch begins.</param>
    /// <param name="byteLength">The stretch's length in bytes.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The dimensions, outermost first.</param>
    /// <returns>The tensor.</returns>
    public OrtValueHandle CreateView(OrtMemoryInfoHandle memory, OrtValueHandle whole, long byteOffset, long byteLength, OrtElementType type, ReadOnlySpan<long> shape)
    {
        using OrtHandleUse use = new(memory);
        using OrtHandleUse wholeUse = new(whole);
        void* data;
        Check(_table->GetTensorMutableData(wholeUse.Value, &data));
        nint value;
        fixed (long* dimensions = shape)
        {
            Check(_table->CreateTensorWithDataAsOrtValue(use.Value, (byte*)data + byteOffset, checked((nuint)byteLength), dimensions, (nuint)shape.Length, (int)type, &value));
        }

        return new OrtValueHandle(this, value, default, whole);
    }

    /// <summary>Reads a value's element type and shape.</summary>
    /// <param name="value">A tensor.</param>
    /// <returns>The element type and the dimensions.</returns>
    public (OrtElementType Type, long[] Shape) GetTensorTypeAndShape(OrtValueHandle value)
    {
        using OrtHandleUse use = new(value);
        nint shape;
        Check(_table->GetTensorTypeAndShape(use.Value, &shape));
        using OrtShapeInfoHandle handle = new(this, shape);
        return (ElementType(shape), Dimensions(shape));
    }

    /// <summary>Views a tensor's elements.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="value">A tensor in host memory whose elements have that type.</param>
    /// <param name="length">How many elements it has.</param>
    /// <returns>The elements; valid until the value is released.</returns>
    public ReadOnlySpan<T> GetTensorData<T>(OrtValueHandle value, int length)
        where T : unmanaged
    {
        using OrtHandleUse use = new(value);
        void* data;
        Check(_table->GetTensorMutableData(use.Value, &data));
        return new ReadOnlySpan<T>(data, length);
    }

    /// <summary>Creates an empty binding.</summary>
    /// <param name="session">The session it is for, which the binding keeps alive.</param>
    /// <returns>The binding.</returns>
    public OrtIoBindingHandle CreateIoBinding(OrtSessionHandle session)
    {
        using OrtHandleUse use = new(session);
        nint binding;
        Check(_table->CreateIoBinding(use.Value, &binding));
        return new OrtIoBindingHandle(this, binding, session);
    }

    /// <summary>Binds an input; on a device other than the CPU the value's contents are copied now.</summary>
    /// <param name="binding">The binding to change.</param>
    /// <param name="name">The input's name.</param>
    /// <param name="value">The tensor to feed; must stay alive while it is bound.</param>
    public void BindInput(OrtIoBindingHandle binding, string name, OrtValueHandle value)
    {
        using OrtHandleUse bindingUse = new(binding);
        using OrtHandleUse valueUse = new(value);
        fixed (byte* text = OrtText.ToNative(name))
        {
            Check(_table->BindInput(bindingUse.Value, text, valueUse.Value));
        }
    }

    /// <summary>Lets the library allocate an output in the memory described.</summary>
    /// <param name="binding">The binding to change.</param>
    /// <param name="name">The output's name.</param>
    /// <param name="memory">Where the output shall lie.</param>
    public void BindOutputToDevice(OrtIoBindingHandle binding, string name, OrtMemoryInfoHandle memory)
    {
        using OrtHandleUse bindingUse = new(binding);
        using OrtHandleUse memoryUse = new(memory);
        fixed (byte* text = OrtText.ToNative(name))
        {
            Check(_table->BindOutputToDevice(bindingUse.Value, text, memoryUse.Value));
        }
    }

    /// <summary>Takes the outputs of the last run.</summary>
    /// <param name="binding">A binding that was run.</param>
    /// <returns>The outputs in the order they were bound; the caller releases them.</returns>
    public OrtValueHandle[] GetBoundOutputValues(OrtIoBindingHandle binding)
    {
        using OrtHandleUse use = new(binding);
        nint* values;
        nuint count;
        Check(_table->GetBoundOutputValues(use.Value, _allocator, &values, &count));
        OrtValueHandle[] handles = new OrtValueHandle[(int)count];
        for (int i = 0; i < handles.Length; i++)
        {
            handles[i] = new OrtValueHandle(this, values[i], default);
        }

        if (values is not null)
        {
            Check(_table->AllocatorFree(_allocator, values));
        }

        return handles;
    }

    /// <summary>Forgets the bound inputs.</summary>
    /// <param name="binding">The binding to change.</param>
    public void ClearBoundInputs(OrtIoBindingHandle binding)
    {
        using OrtHandleUse use = new(binding);
        _table->ClearBoundInputs(use.Value);
    }

    private OrtElementType ElementType(nint shape)
    {
        int type;
        Check(_table->GetTensorElementType(shape, &type));
        return (OrtElementType)type;
    }

    private long[] Dimensions(nint shape)
    {
        nuint rank;
        Check(_table->GetDimensionsCount(shape, &rank));
        long[] dimensions = new long[(int)rank];
        fixed (long* buffer = dimensions)
        {
            Check(_table->GetDimensions(shape, buffer, rank));
        }

        return dimensions;
    }
}
