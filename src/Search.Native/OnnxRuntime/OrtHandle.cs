using Microsoft.Win32.SafeHandles;

namespace Search.Native.OnnxRuntime;

/// <summary>Owns one native object: counts it while it lives and keeps its parent alive.</summary>
internal abstract class OrtHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly OrtHandle? _parent;
    private readonly bool _parentHeld;

    /// <summary>Takes ownership.</summary>
    /// <param name="api">The library's calls.</param>
    /// <param name="pointer">The native object.</param>
    /// <param name="parent">What must outlive it, or null.</param>
    protected OrtHandle(OrtApi api, nint pointer, OrtHandle? parent = null)
        : base(ownsHandle: true)
    {
        Api = api;
        SetHandle(pointer);
        api.CountHandle(+1);
        _parent = parent;
        _parent?.DangerousAddRef(ref _parentHeld);
    }

    /// <summary>The library's calls.</summary>
    protected OrtApi Api { get; }

    /// <inheritdoc />
    protected sealed override bool ReleaseHandle()
    {
        Release(handle);
        Api.CountHandle(-1);
        if (_parentHeld)
        {
            _parent!.DangerousRelease();
        }

        return true;
    }

    /// <summary>Calls the library's release function for the type.</summary>
    /// <param name="pointer">The native object.</param>
    protected abstract void Release(nint pointer);
}
