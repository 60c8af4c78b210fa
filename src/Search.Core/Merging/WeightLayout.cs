namespace Search.Merging;

/// <summary>Which tensors a merged model has, in a fixed order.</summary>
/// <param name="Tensors">Name and shape of each tensor, in ordinal order of the names.</param>
public sealed record WeightLayout(IReadOnlyList<WeightSlot> Tensors)
{
    /// <summary>How many elements all tensors have together.</summary>
    public long ElementCount => Tensors.Sum(tensor => tensor.ElementCount);
}
