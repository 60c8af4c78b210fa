using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Search.Native.Torch;

/// <summary>
/// Receives the gradients of chosen tensors as a backward pass finishes each of them, so that no gradient needs to be kept.
/// On the CPU they arrive on the thread that called for the pass, one after another.
/// </summary>
internal sealed unsafe class GradientWatch : IDisposable
{
    private readonly Action<int, TorchTensor> _receive;
    private GCHandle _self;
    private Exception? _failure;

    /// <summary>Creates a watch.</summary>
    /// <param name="receive">Gets a tensor's index and its gradient, summed over all its uses; disposes the gradient or keeps it.</param>
    public GradientWatch(Action<int, TorchTensor> receive)
    {
        _receive = receive;
        _self = GCHandle.Alloc(this);
    }

    /// <summary>Makes a tensor that shares another's elements and whose gradient this watch receives.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="index">What the receiver knows it by.</param>
    /// <returns>The tensor to compute with; must not be used after this watch was disposed.</returns>
    public TorchTensor Watch(TorchTensor tensor, int index)
    {
        nint watched;
        TorchApi.Check(TorchApi.search_torch_watch(tensor.Borrowed(), &Receive, GCHandle.ToIntPtr(_self), index, &watched), "a gradient could not be watched");
        GC.KeepAlive(tensor);
        return new TorchTensor(watched);
    }

    /// <summary>Back-propagates; an exception of the receiver's comes out here as it was thrown.</summary>
    /// <param name="root">The scalar to begin at.</param>
    public void Backward(TorchTensor root)
    {
        _failure = null;
        try
        {
            TorchLibrary.Backward(root);
        }
        catch (NativeException) when (_failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_self.IsAllocated)
        {
            _self.Free();
        }
    }

    // No exception may cross native frames.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Receive(nint context, long index, nint gradient)
    {
        var watch = (GradientWatch)GCHandle.FromIntPtr(context).Target!;
        var tensor = new TorchTensor(gradient);
        try
        {
            watch._receive((int)index, tensor);
            return 0;
        }
        catch (Exception exception)
        {
            tensor.Dispose();
            watch._failure = exception;
            return 1;
        }
    }
}
