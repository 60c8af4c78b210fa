using System.Numerics;

namespace Search;

/// <summary>
/// xoshiro256** (Blackman and Vigna 2018, arXiv:1805.01407), one independent stream for every (seed, generation, index): what a candidate
/// draws never depends on what was drawn before it.
/// </summary>
public sealed class Rng
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;
    private double? _spareGaussian;

    /// <summary>Opens a stream.</summary>
    /// <param name="seed">The study's seed.</param>
    /// <param name="generation">The first coordinate of the stream.</param>
    /// <param name="index">The second coordinate of the stream.</param>
    public Rng(long seed, long generation, long index)
    {
        ulong state = unchecked((ulong)seed);
        state = SplitMix(ref state) ^ unchecked((ulong)generation);
        state = SplitMix(ref state) ^ unchecked((ulong)index);
        _s0 = SplitMix(ref state);
        _s1 = SplitMix(ref state);
        _s2 = SplitMix(ref state);
        _s3 = SplitMix(ref state);
    }

    /// <summary>Draws 64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Draws a number from the uniform distribution on [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextUniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Draws a number from the standard normal distribution (Marsaglia and Bray 1964, the polar method).</summary>
    public double NextGaussian()
    {
        if (_spareGaussian is { } spare)
        {
            _spareGaussian = null;
            return spare;
        }

        double u, v, s;
        do
        {
            u = (2 * NextUniform()) - 1;
            v = (2 * NextUniform()) - 1;
            s = (u * u) + (v * v);
        }
        while (s is >= 1 or 0);

        double factor = Math.Sqrt(-2 * Math.Log(s) / s);
        _spareGaussian = v * factor;
        return u * factor;
    }

    /// <summary>Fills a span with numbers from the standard normal distribution.</summary>
    public void FillGaussian(Span<double> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = NextGaussian();
        }
    }

    // SplitMix64 (Steele, Lea and Flood 2014), the seeding that xoshiro's authors ask for.
    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
