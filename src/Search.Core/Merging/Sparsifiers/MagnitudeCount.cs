using System.Numerics.Tensors;

namespace Search.Merging.Sparsifiers;

/// <summary>
/// Finds the magnitude of the k-th largest of any number of elements, exactly and without sorting: a count of the upper halves of their
/// bits, then one of the lower halves of those that share the k-th's upper half. The bits of non-negative floats order as the floats do.
/// </summary>
internal sealed class MagnitudeCount
{
    private const int Half = 1 << 16;

    private readonly long[] _upper = new long[Half];
    private readonly long[] _lower = new long[Half];
    private int _bucket = -1;
    private long _left; // how many of the bucket are among the k

    /// <summary>Counts upper halves; all elements come here before <see cref="Choose"/>.</summary>
    /// <param name="values">Elements.</param>
    public void AddUpper(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            _upper[Bits(value) >> 16]++;
        }
    }

    /// <summary>Decides in which bucket of upper halves the k-th largest is.</summary>
    /// <param name="keep">k, from 1 to the number of elements.</param>
    public void Choose(long keep)
    {
        _left = keep;
        for (_bucket = Half - 1; _left > _upper[_bucket]; _bucket--)
        {
            _left -= _upper[_bucket];
        }
    }

    /// <summary>Counts lower halves; all elements come here between <see cref="Choose"/> and <see cref="Find"/>.</summary>
    /// <param name="values">Elements.</param>
    public void AddLower(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            uint bits = Bits(value);
            if (bits >> 16 == _bucket)
            {
                _lower[bits & (Half - 1)]++;
            }
        }
    }

    /// <summary>The k-th largest magnitude, and how many elements of exactly that magnitude are among the k largest.</summary>
    public (float Threshold, long AtThreshold) Find()
    {
        int low = Half - 1;
        for (; _left > _lower[low]; low--)
        {
            _left -= _lower[low];
        }

        return (BitConverter.UInt32BitsToSingle(((uint)_bucket << 16) | (uint)low), _left);
    }

    /// <summary>The k-th largest magnitude of one span.</summary>
    /// <param name="values">Elements.</param>
    /// <param name="keep">k, from 1 to their number.</param>
    public static (float Threshold, long AtThreshold) Find(ReadOnlySpan<float> values, long keep)
    {
        var count = new MagnitudeCount();
        count.AddUpper(values);
        count.Choose(keep);
        count.AddLower(values);
        return count.Find();
    }

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value) & 0x7FFFFFFF;
}
