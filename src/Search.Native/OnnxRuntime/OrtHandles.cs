using System.Buffers;

namespace Search.Native.OnnxRuntime;

/// <summary>Owns an OrtEnv.</summary>
internal sealed class OrtEnvHandle(OrtApi api, nint pointer) : OrtHandle(api, pointer)
{
    /// <inheritdoc />
    protected override void Release(nint pointer) => Api.ReleaseEnv(pointer);
}

/// <summary>Owns an OrtMemoryInfo.</summary>
internal sealed class OrtMemoryInfoHandle(OrtApi api, nint pointer) : OrtHandle(api, pointer)
{
    /// <inheritdoc />
    protected override void Release(nint pointer) => Api.ReleaseMemoryInfo(pointer);
}

/// <summary>Owns an OrtSessionOptions.</summary>
internal sealed class OrtSessionOptionsHandle(OrtApi api, nint pointer) : OrtHandle(api, pointer)
{
    /// <inheritdoc />
    protected override void Release(nint pointer) => Api.ReleaseSessionOptions(pointer);
}

/// <summary>Owns an OrtCUDAProviderOptionsV2.</summary>
internal sealed class OrtCudaOptionsHandle(OrtApi api, nint pointer) : OrtHandle(api, pointer)
{
    /// <inheritdoc />
    protected override void Release(nint pointer) => Api.ReleaseCudaOptions(pointer);
}

/// <summary>Owns an OrtSession and keeps its environment alive.</summary>
internal sealed class OrtSessionHandle(OrtApi api, nint pointer, OrtEnvHandle env) : OrtHandle(api, pointer, env)
{
    /// <inheritdoc />
    protected override void Release(nint pointer) => Api.ReleaseSession(pointer);
}

/// <summary>Owns an OrtIoBinding and keeps its session alive.</summary>
internal sealed class OrtIoBindingHandle(OrtApi api, nint pointer, OrtSessionHandle session) : OrtHandle(api, pointer, session)
{
    /// <inheritdoc />
    protected override void Release(nint pointer) => Api.ReleaseIoBinding(pointer);
}

/// <summary>Owns an OrtTypeInfo.</summary>
internal sealed class OrtTypeInfoHandle(OrtApi api, nint pointer) : OrtHandle(api, pointer)
{
    /// <inheritdoc />
    protected override void Release(nint pointer) => Api.ReleaseTypeInfo(pointer);
}

/// <summary>Owns an OrtTensorTypeAndShapeInfo.</summary>
internal sealed class OrtShapeInfoHandle(OrtApi api, nint pointer) : OrtHandle(api, pointer)
{
    /// <inheritdoc />
    protected override void Release(nint pointer) => Api.ReleaseTensorTypeAndShapeInfo(pointer);
}

/// <summary>Owns an OrtValue and the pin on the memory it wraps, or keeps the value alive whose memory it shares; a value the library allocated has neither.</summary>
internal sealed class OrtValueHandle(OrtApi api, nint pointer, MemoryHandle pin, OrtValueHandle? parent = null) : OrtHandle(api, pointer, parent)
{
    private readonly MemoryHandle _pin = pin;

    /// <inheritdoc />
    protected override void Release(nint pointer)
    {
        Api.ReleaseValue(pointer);
        _pin.Dispose();
    }
}
