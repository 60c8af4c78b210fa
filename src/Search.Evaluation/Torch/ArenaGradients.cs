using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Sums gradients where the device keeps them.</summary>
/// <param name="arena">One tensor a merged tensor, in the layout's order, all zero.</param>
/// <param name="places">The graph's places and the tensors that fill them.</param>
internal sealed class ArenaGradients(TorchTensor[] arena, IReadOnlyList<WeightBinding> places) : IGradientSink
{
    /// <inheritdoc />
    public TimeSpan Elapsed => TimeSpan.Zero;

    /// <inheritdoc />
    public void Receive(int place, TorchTensor gradient)
    {
        using (gradient)
        {
            using TorchTensor turned = places[place].Transposed ? TorchLibrary.Call("t", gradient) : TorchLibrary.Call("alias", gradient);
            using TorchTensor _ = TorchLibrary.Call("add_.Tensor", arena[places[place].Index], turned);
        }
    }

    /// <inheritdoc />
    public void Flush()
    {
        // Each sum is where it belongs already.
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // The arena is its owner's.
    }
}
