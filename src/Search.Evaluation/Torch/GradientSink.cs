using System.Diagnostics;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// Passes gradients on to a receiver. When one backward pass gives them all, each goes on at once, while it is still in the cache; when
/// there are several, they are summed first and go on during the last, so that the receiver's pass over the task vectors happens once.
/// </summary>
/// <param name="receiver">Gets each tensor's gradient, on the CPU and contiguous.</param>
internal sealed class GradientSink(GradientReceiver receiver) : IDisposable
{
    private readonly Dictionary<int, TorchTensor> _sums = [];
    private readonly Stopwatch _time = new();

    /// <summary>Whether the pass under way is the last.</summary>
    public bool IsLast { get; set; } = true;

    /// <summary>Time the receiver took.</summary>
    public TimeSpan Elapsed => _time.Elapsed;

    /// <summary>Takes one tensor's gradient of one pass.</summary>
    /// <param name="tensor">The tensor's index.</param>
    /// <param name="gradient">The gradient, owned from here on.</param>
    public void Receive(int tensor, TorchTensor gradient)
    {
        using (gradient)
        {
            if (_sums.TryGetValue(tensor, out TorchTensor? sum))
            {
                using TorchTensor _ = TorchLibrary.Call("add_.Tensor", sum, gradient);
            }
            else if (!IsLast)
            {
                _sums.Add(tensor, TorchLibrary.Call("clone", gradient));
            }
            else
            {
                Deliver(tensor, gradient);
            }
        }
    }

    /// <summary>Hands over the sums.</summary>
    public void Flush()
    {
        foreach ((int tensor, TorchTensor sum) in _sums.OrderBy(each => each.Key))
        {
            Deliver(tensor, sum);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (TorchTensor sum in _sums.Values)
        {
            sum.Dispose();
        }
    }

    private void Deliver(int tensor, TorchTensor gradient)
    {
        using TorchTensor host = TorchData.OnHost(gradient, TorchType.Float32);
        _time.Start();
        receiver(tensor, host.AsMemory<float>());
        _time.Stop();
    }
}
