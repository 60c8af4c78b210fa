using Search.Merging;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>One weight set as libtorch sees it: on the CPU the set's own memory, elsewhere a copy that <see cref="Refresh"/> brings up to date.</summary>
internal sealed class TorchWeights : IWeightFeed
{
    private readonly TorchTensor[] _host;

    /// <summary>Wraps a weight set.</summary>
    /// <param name="weights">The weights; their memory stays pinned while this lives.</param>
    /// <param name="device">Where to compute.</param>
    public TorchWeights(WeightSet weights, string device)
    {
        _host = [.. weights.Layout.Tensors.Select((slot, index) => TorchTensor.Wrap(weights[index], [.. slot.Shape]))];
        Values = device == "cpu" ? _host : [.. _host.Select(tensor => TorchLibrary.Call("to.device", tensor, TorchArgument.Device(device), tensor.Type))];
    }

    /// <summary>The tensors on the device, in the layout's order.</summary>
    public TorchTensor[] Values { get; }

    /// <summary>Copies the set's current contents to the device.</summary>
    public void Refresh()
    {
        for (int i = 0; i < Values.Length && Values != _host; i++)
        {
            using TorchTensor _ = TorchLibrary.Call("copy_", Values[i], _host[i]);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (Values != _host)
        {
            Array.ForEach(Values, tensor => tensor.Dispose());
        }

        Array.ForEach(_host, tensor => tensor.Dispose());
    }
}
