using System.Diagnostics;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>
/// Passes gradients on to a receiver. When one backward pass gives them all, each goes on at once, while it is still in the cache; when
/// there are several, they are summed and go on after the last, so that the receiver's pass over the task vectors happens once.
/// </summary>
/// <param name="receiver">Gets each place's gradient, laid out as the checkpoint's tensor, on the CPU and contiguous.</param>
/// <param name="places">The graph's places and the tensors that fill them.</param>
/// <param name="onePass">Whether one backward pass gives everything.</param>
internal sealed class StreamedGradients(GradientReceiver receiver, IReadOnlyList<WeightBinding> places, bool onePass) : IGradientSink
{
    private readonly Dictionary<int, TorchTensor> _sums = []; // by place
    private readonly Stopwatch _time = new();

    /// <inheritdoc />
    public TimeSpan Elapsed => _time.Elapsed;

    /// <inheritdoc />
    public void Receive(int place, TorchTensor gradient)
    {
        using (gradient)
        {
            if (_sums.TryGetValue(place, out TorchTensor? sum))
            {
                using TorchTensor _ = TorchLibrary.Call("add_.Tensor", sum, gradient);
            }
            else if (!onePass)
            {
                _sums.Add(place, TorchLibrary.Call("clone", gradient));
            }
            else
            {
                Deliver(place, gradient);
            }
        }
    }

    /// <inheritdoc />
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
