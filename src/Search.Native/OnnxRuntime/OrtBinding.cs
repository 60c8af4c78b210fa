namespace Search.Native.OnnxRuntime;

/// <summary>Which tensors a session reads and which outputs it makes. Bound tensors stay alive, even if disposed, until another takes their place.</summary>
internal sealed class OrtBinding : IDisposable
{
    private readonly OrtApi _api;
    private readonly OrtMemoryInfoHandle _memory;
    private readonly OrtIoBindingHandle _handle;
    private readonly Dictionary<string, OrtValueHandle> _bound = new(StringComparer.Ordinal);
    private readonly List<string> _outputs = [];

    internal OrtBinding(OrtApi api, OrtSessionHandle session)
    {
        _api = api;
        _memory = api.CreateCpuMemoryInfo();
        try
        {
            _handle = api.CreateIoBinding(session);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    /// <summary>The binding, for the calls of this folder.</summary>
    internal OrtIoBindingHandle Handle => _handle;

    /// <summary>Feeds an input. On the CPU later changes of the tensor's memory are seen by later runs; on a device the contents are copied now.</summary>
    /// <param name="name">The input's name.</param>
    /// <param name="tensor">What to feed.</param>
    /// <exception cref="NativeException">The session has no such input.</exception>
    public void BindInput(string name, OrtTensor tensor)
    {
        bool held = false;
        tensor.Handle.DangerousAddRef(ref held);
        try
        {
            _api.BindInput(_handle, name, tensor.Handle);
        }
        catch
        {
            tensor.Handle.DangerousRelease();
            throw;
        }

        if (_bound.TryGetValue(name, out OrtValueHandle? previous))
        {
            previous.DangerousRelease();
        }

        _bound[name] = tensor.Handle;
    }

    /// <summary>Asks for an output, in host memory that the library allocates.</summary>
    /// <param name="name">The output's name.</param>
    /// <exception cref="NativeException">The session has no such output.</exception>
    public void BindOutput(string name)
    {
        _api.BindOutputToDevice(_handle, name, _memory);
        _outputs.Add(name);
    }

    /// <summary>Takes the outputs of the last run.</summary>
    /// <returns>The outputs in the order they were asked for; the caller disposes them.</returns>
    public IReadOnlyList<OrtTensor> TakeOutputs()
    {
        OrtValueHandle[] values = _api.GetBoundOutputValues(_handle);
        try
        {
            return [.. values.Select(value => new OrtTensor(_api, value))];
        }
        catch
        {
            Array.ForEach(values, value => value.Dispose());
            throw;
        }
    }

    /// <summary>Lets go of every input.</summary>
    public void ClearInputs()
    {
        _api.ClearBoundInputs(_handle);
        ReleaseBound();
    }

    /// <summary>
    /// Forgets the outputs of earlier runs. The library would otherwise write the next run's over them, and refuse a batch of another size.
    /// </summary>
    internal void RenewOutputs() => _outputs.ForEach(name => _api.BindOutputToDevice(_handle, name, _memory));

    /// <inheritdoc />
    public void Dispose()
    {
        _handle.Dispose();
        _memory.Dispose();
        ReleaseBound();
    }

    private void ReleaseBound()
    {
        foreach (OrtValueHandle value in _bound.Values)
        {
            value.DangerousRelease();
        }

        _bound.Clear();
    }
}
