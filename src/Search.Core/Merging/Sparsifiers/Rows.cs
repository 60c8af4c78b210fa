namespace Search.Merging.Sparsifiers;

/// <summary>The rows of a tensor: runs of its last axis, or all of it where it has fewer than two axes.</summary>
internal static class Rows
{
    public delegate void Visit(Span<float> row);

    public static void ForEach(WeightSlot tensor, Span<float> values, Visit visit)
    {
        int length = tensor.Shape.Count < 2 ? values.Length : (int)tensor.Shape[^1];
        for (int start = 0; start < values.Length; start += length)
        {
            visit(values.Slice(start, length));
        }
    }
}
