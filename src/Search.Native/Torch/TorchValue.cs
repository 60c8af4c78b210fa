using System.Runtime.InteropServices;

namespace Search.Native.Torch;

/// <summary>An argument or result as it crosses the border (struct Argument in search_torch.cpp).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TorchValue
{
    /// <summary>How to read <see cref="Value"/>.</summary>
    public TorchTag Tag;

    /// <summary>The elements of a list or text.</summary>
    public int Length;

    /// <summary>A number, a tensor's handle, or the address of a list or text.</summary>
    public long Value;
}
