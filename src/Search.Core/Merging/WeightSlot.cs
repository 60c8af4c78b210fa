namespace Search.Merging;

/// <summary>One tensor of a merged model.</summary>
/// <param name="Name">The checkpoint's and graph's common name.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
public sealed record WeightSlot(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>How many elements the tensor has.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));
}
