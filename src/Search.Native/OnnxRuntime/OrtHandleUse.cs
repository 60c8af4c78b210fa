using System.Runtime.InteropServices;

namespace Search.Native.OnnxRuntime;

/// <summary>Keeps a handle open during one native call.</summary>
internal readonly ref struct OrtHandleUse : IDisposable
{
    private readonly SafeHandle _handle;

    /// <summary>Holds the handle.</summary>
    /// <param name="handle">An open handle.</param>
    /// <exception cref="ArgumentNullException">The handle is null.</exception>
    /// <exception cref="ObjectDisposedException">The handle was released.</exception>
    public OrtHandleUse(SafeHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        bool held = false;
        handle.DangerousAddRef(ref held);
        _handle = handle;
    }

    /// <summary>The native object.</summary>
    public nint Value => _handle.DangerousGetHandle();

    /// <summary>Lets the handle go.</summary>
    public void Dispose() => _handle.DangerousRelease();
}
