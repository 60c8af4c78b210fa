namespace Search.Merging.Sparsifiers;

/// <summary>Puts elements in the order of their magnitudes.</summary>
internal static class MagnitudeOrder
{
    /// <summary>The elements' indices from the largest magnitude to the smallest; of equal ones the first counts as the larger.</summary>
    /// <param name="values">The elements; finite.</param>
    public static int[] Descending(ReadOnlySpan<float> values)
    {
        // The bits of non-negative floats order as the floats do; the index below them makes every key another.
        var keys = new ulong[values.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = ((ulong)~BitConverter.SingleToUInt32Bits(MathF.Abs(values[i])) << 32) | (uint)i;
        }

        Array.Sort(keys);
        return Array.ConvertAll(keys, key => (int)(uint)key);
    }
}
