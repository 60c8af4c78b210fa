namespace Search.Merging.Sparsifiers;

/// <summary>
/// Finds the k-th largest of any number of values, exactly and without sorting: a count of the upper halves of their bits, then one of the lower
/// halves of those that share the k-th's upper half. For magnitudes see <see cref="MagnitudeCount"/>.
/// </summary>
internal sealed class RankCount
{
    private const int Half = 1 << 16;

    private readonly long[] _upper = new long[Half];
    private readonly long[] _lower = new long[Half];
    private int _bucket = -1;
    private long _left; // how many of the bucket are among the k

    /// <summary>Counts values: all come here before <see cref="Choose"/>, and again between it and <see cref="Find"/>.</summary>
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

    /// <summary>The k-th largest value.</summary>
    public float Find()
    {
        int low = Half - 1;
        for (; _left > _lower[low]; low--)
        {
            _left -= _lower[low];
        }

        uint key = ((uint)_bucket << 16) | (uint)low;
        return BitConverter.UInt32BitsToSingle((key & 0x80000000) != 0 ? key & 0x7FFFFFFF : ~key);
    }

    // Orders as the values do: of negative ones the bits run backwards.
    private static uint Key(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }
}
