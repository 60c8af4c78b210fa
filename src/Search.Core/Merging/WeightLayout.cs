namespace Search.Merging;

/// <summary>Which tensors a merged model has, in a fixed order.</summary>
/// <param name="Tensors">Name and shape of each tensor, in ordinal order of the names.</param>
public sealed record WeightLayout(IReadOnlyList<WeightSlot> Tensors)
{
    /// <summary>How many elements all tensors have together.</summary>
    public long ElementCount => Tensors.Sum(tensor => tensor.ElementCount);

    /// <summary>Whether another layout has the same tensors in the same order.</summary>
    /// <param name="other">The other layout.</param>
    public bool IsSameAs(WeightLayout other) => ReferenceEquals(this, other)
        || (Tensors.Count == other.Tensors.Count && Tensors.Zip(other.Tensors).All(pair => pair.First.Name == pair.Second.Name && pair.First.Shape.SequenceEqual(pair.Second.Shape)));
}
