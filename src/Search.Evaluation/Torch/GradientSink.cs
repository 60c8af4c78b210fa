using System.Diagnostics;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// Passes gradients on to a receiver. When one backward pass gives them all, each goes on at once, while it is still in the cache; when
/// there are several, they are summed and go on after the last, so that the receiver's pass over the task vectors happens once.
/// </summary>
/// <param name="receiver">Gets each place's gradient, laid out as the checkpoint's tensor, on the CPU and contiguous.</param>
/// <param name="places">The graph's places and the tensors that fill them.</param>
internal sealed class GradientSink(GradientReceiver receiver, IReadOnlyList<WeightBinding> places) : IDisposable
{
    private readonly Dictionary<int, TorchTensor> _sums = []; // by place
    private readonly Stopwatch _time = new();

    /// <summary>Whether one backward pass gives everything.</summary>
    public bool IsOnly { get; set; } = true;

    /// <summary>Time the receiver took.</summary>
    public TimeSpan Elapsed => _time.Elapsed;

    /// <summary>Takes one place's gradient of one pass.</summary>
    /// <param name="place">The place's index.</param>
    /// <param name="gradient">The gradient, owned from here on.</param>
    public void Receive(int place, TorchTensor gradient)
    {
        using (gradient)
        {
            if (_sums.TryGetValue(place, out TorchTensor? sum))
            {
                using TorchTensor _ = TorchLibrary.Call("add_.Tensor", sum, gradient);
            }
            else if (!IsOnly)
            {
                _sums.Add(place, TorchLibrary.Call("clone", gradient));
            }
            else
            {
                Deliver(place, gradient);
            }
        }
    }

    /// <summary>Hands over the sums.</summary>
    public void Flush()
    {
        foreach ((int place, TorchTensor sum) in _sums.OrderBy(each => each.Key))
        {
            Deliver(place, sum);
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

    private void Deliver(int place, TorchTensor gradient)
    {
        using TorchTensor turned = places[place].Transposed ? TorchLibrary.Call("t", gradient) : TorchLibrary.Call("alias", gradient);
        using TorchTensor host = TorchData.OnHost(turned, TorchType.Float32);
        _time.Start();
        receiver(places[place].Index, host.AsMemory<float>());
        _time.Stop();
    }
}
