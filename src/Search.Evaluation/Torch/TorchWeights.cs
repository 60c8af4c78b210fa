using Search.Merging;
using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>One weight set as libtorch sees it: the set's own memory.</summary>
internal sealed class TorchWeights : IDisposable
{
    /// <summary>Wraps a weight set.</summary>
    /// <param name="weights">The weights; their memory stays pinned while this lives.</param>
    public TorchWeights(WeightSet weights) =>
        Values = [.. weights.Layout.Tensors.Select((slot, index) => TorchTensor.Wrap(weights[index], [.. slot.Shape]))];

    /// <summary>The tensors, in the layout's order.</summary>
    public TorchTensor[] Values { get; }

    /// <inheritdoc />
    public void Dispose() => Array.ForEach(Values, tensor => tensor.Dispose());
}
