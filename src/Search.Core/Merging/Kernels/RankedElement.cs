namespace Search.Merging.Kernels;

/// <summary>An element of a tensor in the order of falling magnitude, in which of equal elements the first comes first.</summary>
/// <param name="Magnitude">Its magnitude; infinite for none.</param>
/// <param name="End">One past its place in the tensor; those of its magnitude before that are not after it in the order.</param>
internal readonly record struct RankedElement(float Magnitude, long End)
{
    /// <summary>Before all elements.</summary>
    public static RankedElement None { get; } = new(float.PositiveInfinity, 0);
}
