using Search.Native.Torch;

namespace Search.Evaluation.Torch;

/// <summary>Weights as the graph takes them: those that it has transposed or in another element type are views or copies, through which derivatives flow.</summary>
internal sealed class BoundWeights : IDisposable
{
    private readonly List<TorchTensor> _made = [];

    /// <summary>Makes what the graph's places need.</summary>
    /// <param name="weights">The weights, in the layout's order; must outlive this.</param>
    /// <param name="bindings">Their places.</param>
    public BoundWeights(TorchTensor[] weights, IReadOnlyList<WeightBinding> bindings) =>
        Places = [.. bindings.Select(binding => Make(weights[binding.Index], binding))];

    /// <summary>One tensor a place, in the places' order.</summary>
    public TorchTensor[] Places { get; }

    /// <inheritdoc />
    public void Dispose() => _made.ForEach(tensor => tensor.Dispose());

    private TorchTensor Make(TorchTensor tensor, WeightBinding binding)
    {
        if (binding.Transposed)
        {
            tensor = Keep(TorchLibrary.Call("t", tensor));
        }

        TorchType type = TorchData.Type(binding.Type)!.Value;
        return tensor.Type == type ? tensor : Keep(TorchLibrary.Call("to.dtype", tensor, type));
    }

    private TorchTensor Keep(TorchTensor tensor)
    {
        _made.Add(tensor);
        return tensor;
    }
}
