namespace Search.Merging.Sparsifiers;

/// <summary>
/// Finds the k-th largest of any number of values or magnitudes, exactly and without sorting: a count of the upper halves of their bits, then
/// one of the lower halves of those that share the k-th's upper half.
/// </summary>
/// <param name="ofMagnitudes">Whether signs do not count.</param>
internal sealed class RankCount(bool ofMagnitudes = false)
{
    private const int Half = 1 << 16;
    private const uint Sign = 0x80000000;

    private readonly long[] _upper = new long[Half];
    private readonly long[] _lower = new long[Half];
    private int _bucket = -1;
    private long _left; // how many of the bucket are among the k

    /// <summary>Counts values: all come here before <see cref="Choose"/>, and again between it and <see cref="Find()"/>.</summary>
    /// <param name="values">Values.</param>
    public void Add(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            uint key = Key(value);
            if (_bucket < 0)
            {
                _upper[key >> 16]++;
            }
            else if (key >> 16 == _bucket)
            {
                _lower[key & (Half - 1)]++;
            }
        }
    }

    /// <summary>Decides in which bucket of upper halves the k-th largest is.</summary>
    /// <param name="rank">k, from 1 to the number of values.</param>
    public void Choose(long rank)
    {
        _left = rank;
        for (_bucket = Half - 1; _left > _upper[_bucket]; _bucket--)
        {
            _left -= _upper[_bucket];
        }
    }

    /// <summary>The k-th largest, and how many that equal it are among the k largest.</summary>
    public (float Value, long Among) Find()
    {
        int low = Half - 1;
        for (; _left > _lower[low]; low--)
        {
            _left -= _lower[low];
        }

        uint key = ((uint)_bucket << 16) | (uint)low;
        return (BitConverter.UInt32BitsToSingle((key & Sign) != 0 ? key & ~Sign : ~key), _left);
    }

    /// <summary>The k-th largest magnitude of one span, and how many that equal it are among the k largest.</summary>
    /// <param name="values">Elements.</param>
    /// <param name="rank">k, from 1 to their number.</param>
    public static (float Value, long Among) FindMagnitude(ReadOnlySpan<float> values, long rank)
    {
        var count = new RankCount(true);
        count.Add(values);
        count.Choose(rank);
        count.Add(values);
        return count.Find();
    }

    // Orders as the values do: of negative ones the bits run backwards.
    private uint Key(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return ofMagnitudes || (bits & Sign) == 0 ? bits | Sign : ~bits;
    }
}
