namespace Search.Merging.Sparsifiers;

/// <summary>The rows of a tensor: runs of its last axis, or all of it where it has fewer than two axes.</summary>
internal static class Rows
{
    public delegate void Visit(Span<float> row);

    /// <summary>How many elements a row has.</summary>
    /// <param name="tensor">The tensor; of at least one element.</param>
    public static int Length(WeightSlot tensor) => checked((int)(tensor.Shape.Count < 2 ? tensor.ElementCount : tensor.Shape[^1]));

    public static void ForEach(WeightSlot tensor, Span<float> values, Visit visit)
    {
        int length = Length(tensor);
        for (int start = 0; start < values.Length; start += length)
        {
            visit(values.Slice(start, length));
        }
    }
}
