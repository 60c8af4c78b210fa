using System.Numerics;

namespace Search.Benchmarks;

/// <summary>
/// The numbers that numpy's <c>default_rng(seed)</c> draws (PCG64, O'Neill 2014; its seeding by SeedSequence; normals by Marsaglia and Tsang's
/// ziggurat 2000 in Doornik's form), so that problems are the very ones that the recorded peers were given.
/// </summary>
internal sealed class NumpyRandom
{
    private const int Strips = 256;
    private const double TailStart = 3.6541528853610088;
    private const double StripArea = 0.004928673233974655;

    // Of each strip: its right end as a step of the 52-bit draw, the draws that need no test, and the density at its end.
    private static readonly (double[] Step, ulong[] Sure, double[] Density) Ziggurat = Build();
    private static readonly UInt128 Multiplier = new(2549297995355413924, 4865540595714422341);

    private readonly UInt128 _increment;
    private UInt128 _state;

    /// <summary>Opens the stream of a seed.</summary>
    public NumpyRandom(uint seed)
    {
        ulong[] words = Expand(seed);
        _increment = (new UInt128(words[2], words[3]) << 1) | 1;
        _state = ((_increment + new UInt128(words[0], words[1])) * Multiplier) + _increment;
    }

    /// <summary>Draws from [0, 1).</summary>
    public double Uniform() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Draws from [lower, upper).</summary>
    public double Uniform(double lower, double upper) => lower + ((upper - lower) * Uniform());

    /// <summary>Draws numbers from [lower, upper).</summary>
    public double[] Uniforms(int count, double lower, double upper) => [.. Enumerable.Range(0, count).Select(_ => Uniform(lower, upper))];

    /// <summary>Draws numbers from the standard normal distribution.</summary>
    public double[] Gaussians(int count) => [.. Enumerable.Range(0, count).Select(_ => Gaussian())];

    /// <summary>Draws from the standard normal distribution.</summary>
    public double Gaussian()
    {
        while (true)
        {
            ulong bits = Bits();
            int strip = (int)(bits & 0xff);
            ulong draw = (bits >> 9) & 0x000fffffffffffff;
            double x = draw * Ziggurat.Step[strip] * ((bits & 0x100) != 0 ? -1 : 1);
            if (draw < Ziggurat.Sure[strip])
            {
                return x;
            }

            if (strip == 0)
            {
                return Tail((draw & 0x100) != 0);
            }

            double height = Ziggurat.Density[strip] + ((Ziggurat.Density[strip - 1] - Ziggurat.Density[strip]) * Uniform());
            if (height < Math.Exp(-0.5 * x * x))
            {
                return x;
            }
        }
    }

    private static ulong[] Expand(uint seed)
    {
        unchecked
        {
            uint constant = 0x43b0d7e5;
            uint Hash(uint value)
            {
                value ^= constant;
                constant *= 0x931e8875;
                value *= constant;
                return value ^ (value >> 16);
            }

            uint[] pool = [Hash(seed), Hash(0), Hash(0), Hash(0)];
            for (int source = 0; source < 4; source++)
            {
                for (int target = 0; target < 4; target++)
                {
                    if (source != target)
                    {
                        uint mixed = (0xca01f9dd * pool[target]) - (0x4973f715 * Hash(pool[source]));
                        pool[target] = mixed ^ (mixed >> 16);
                    }
                }
            }

            uint output = 0x8b51f9dd;
            uint Word(int i)
            {
                uint value = pool[i % 4] ^ output;
                output *= 0x58f38ded;
                value *= output;
                return value ^ (value >> 16);
            }

            return [.. Enumerable.Range(0, 4).Select(i => Word(2 * i) | ((ulong)Word((2 * i) + 1) << 32))];
        }
    }

    private static (double[] Step, ulong[] Sure, double[] Density) Build()
    {
        const double unit = 1UL << 52;
        double[] step = new double[Strips];
        ulong[] sure = new ulong[Strips];
        double[] density = new double[Strips];
        double end = TailStart;
        double f = Math.Exp(-0.5 * end * end);
        double baseWidth = StripArea / f;
        (step[0], sure[0], density[0]) = (baseWidth / unit, (ulong)(end / baseWidth * unit), 1);
        (step[^1], density[^1]) = (end / unit, f);
        for (int i = Strips - 2; i >= 1; i--)
        {
            double next = Math.Sqrt(-2 * Math.Log((StripArea / end) + f));
            sure[i + 1] = (ulong)(next / end * unit);
            end = next;
            f = Math.Exp(-0.5 * end * end);
            (step[i], density[i]) = (end / unit, f);
        }

        return (step, sure, density);
    }

    private double Tail(bool negative)
    {
        while (true)
        {
            double x = -Math.Log(1 - Uniform()) / TailStart;
            double y = -Math.Log(1 - Uniform());
            if (y + y > x * x)
            {
                return negative ? -(TailStart + x) : TailStart + x;
            }
        }
    }

    private ulong Bits()
    {
        _state = (_state * Multiplier) + _increment;
        ulong high = (ulong)(_state >> 64);
        return BitOperations.RotateRight(high ^ (ulong)_state, (int)(high >> 58));
    }
}
