using System.Numerics;

namespace Search.Strategies.Sampling;

/// <summary>
/// Sobol's low-discrepancy sequence with the direction numbers of Joe and Kuo 2008 (SIAM J. Sci. Comput. 30, 2635–2654), scrambled by
/// random lower-triangular matrices and a digital shift (Matoušek 1998): every aligned block of 2^m points stays a digital net. Any
/// point can be asked for by its index, in any order.
/// </summary>
public sealed class SobolSequence
{
    /// <summary>How many dimensions there are direction numbers for.</summary>
    public const int MaximalDimension = 337;

    private const int Bits = 32;
    private const int MaximalDegree = 11;
    private const long Stream = 0x50B01; // keeps the scrambling apart from a strategy's other draws

    private readonly uint[] _directions; // Bits columns a dimension
    private readonly uint[] _shifts;

    /// <summary>Makes a scrambled sequence, a function of its arguments alone.</summary>
    /// <param name="dimension">Numbers a point; at most <see cref="MaximalDimension"/>.</param>
    /// <param name="seed">The seed of the scrambling.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no direction numbers for so many dimensions.</exception>
    public SobolSequence(int dimension, long seed)
        : this(dimension)
    {
        for (int d = 0; d < dimension; d++)
        {
            var rng = new Rng(seed, Stream, d);
            Scramble(_directions.AsSpan(d * Bits, Bits), rng);
            _shifts[d] = (uint)(rng.NextBits() >> Bits);
        }
    }

    private SobolSequence(int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimension, MaximalDimension);
        Dimension = dimension;
        _directions = new uint[dimension * Bits];
        _shifts = new uint[dimension];
        for (int bit = 0; bit < Bits; bit++)
        {
            _directions[bit] = 1u << (Bits - 1 - bit); // the first dimension is van der Corput's sequence
        }

        int d = 1;
        foreach (uint polynomial in PrimitivePolynomials().Take(dimension - 1))
        {
            Recur(polynomial, InitialNumbers[d - 1], _directions.AsSpan(d * Bits, Bits));
            d++;
        }
    }

    /// <summary>How many numbers a point has.</summary>
    public int Dimension { get; }

    // The m_1 … m_s of Joe and Kuo's table new-joe-kuo-6, one entry a dimension from the second on: m_i is odd and below 2^i, so its
    // i − 1 upper bits say it all; they follow each other, m_2's bit lowest.
    private static ReadOnlySpan<ulong> InitialNumbers =>
    [
        0x0, 0x1, 0x1, 0x0, 0xA, 0x35, 0x214,
        0x94, 0x26E, 0x4, 0x148, 0x3D5, 0x60E3, 0x2AB8,
        0x6371, 0x8F8, 0x31B9, 0x7A54, 0x199EEF, 0x111DB7, 0xFC4F2,
        0xD3025, 0x1AC531, 0x7FB51, 0xF526C, 0x11184D, 0x2436, 0xEA597,
        0xA3B22, 0xD82F5, 0x4758F, 0x116889, 0x342D4, 0x1EF81E, 0xC79A6,
        0x86C53, 0xF4C1BF9, 0x60FF7FD, 0xF931569, 0x91D769, 0x2D416BE, 0x4F03F0F,
        0xCC09641, 0x9C72A64, 0xB96402F, 0x47391CB, 0x1BDCDEF, 0xE183D42, 0xB0E56C8,
        0x469221F, 0xD5EFF51, 0x84D5552, 0xEFACBA395, 0x2209B006B, 0xAB045CE10, 0xF96679F11,
        0x5B68FA168, 0xB5E78392C, 0xBF06A5A7C, 0x6E894A7DF, 0x29DFB9EC8, 0x5018D9FF4, 0x80569DF32,
        0x92F9F6AA8, 0xA14EE0D6E, 0x410341A14, 0xEDFB00EF6, 0x5940D505, 0xF3FE31BF2, 0x3F5B67C83,
        0x767FEA40A, 0x90F293EDC, 0xF5B7D6A2C, 0xACD031810, 0x1007CF03A, 0x57CF454E9, 0x18FEFB5C1,
        0x98ABA7B4D, 0x4AF8E040C, 0x4F0C3F092, 0x708DA14E8, 0x8765E7753, 0x393ACE165, 0xD147F5AC6,
        0x256DA0AD2, 0xE279094FE, 0xE01A7990F, 0x7589CE79, 0xBD9124000, 0xF10C755F9, 0xD7835364E,
        0xAEC25C48B, 0x943A9B51B, 0x4EF032162, 0x6ABC8733F, 0x6C5326D06, 0x7C705B673, 0xEFFC0D6CD,
        0x6C74B0954, 0x497A84B9B, 0xE56FE2908B9, 0xF343FEFCC96, 0x12B6CF958D19, 0x7BB5E01DD32, 0x170044221A77,
        0x1529F281F655, 0x18A672A3FFCC, 0x54F82E0CDA6, 0x1C4CF1382299, 0x3F526F1BC47, 0x1A765774F82C, 0x1117604F933,
        0xEAD05EFB9DE, 0xC06A3919321, 0xAA133995FF5, 0x113B6ADF73CA, 0x161E19D0F187, 0x1E2D659A1A98, 0x464E76B6624,
        0x17240096D99F, 0x11D4B8D0F2C7, 0x4EBB6B75E2A, 0x1C95432AA953, 0x138E34396DCC, 0x129AC2E72C25, 0x126A19A7609F,
        0x166823DFD09B, 0x1F84043D2E1F, 0x983DCE54D72, 0x24732F787A2, 0x81DC15D3821, 0x169DBD3F4EB1, 0x1821859CFE0E,
        0x241F6B94177, 0x58DA86FF194, 0xF1D02F77F5A, 0xB18BE03AC2, 0x12F6D6426F3A, 0x99C4FACA4D9, 0x1A84A46F0B,
        0xCEEF2D02330, 0x16B6AA18E35E, 0x1AC7D28A8AC5, 0x1A1BF569F95B, 0x1CDFC0670DBA, 0xFADE9CBBC87, 0x12E39922541A,
        0x1F4E3D3D80B3, 0x1A525F20A592, 0x126B2F96A41F, 0xCD8BC5B3020, 0x255F86EF2F9, 0xAEBFFC9ABBC, 0x1EA6396F5A53,
        0x468DAF935, 0x1E99A6953369, 0x15AEDFC8E6B, 0x1CF8915ECEA6, 0xDA97F2BD1F6, 0x167CC62384D8, 0x1D421387BC637B,
        0xC6F13BA95AC6F, 0x2E46A59E5B20FC, 0x59916C98662174, 0x4DBD85ED70F801, 0x68E6CD6DC24236, 0x419B02E5C3876A, 0x60ABDBA23E531F,
        0x3A0478CCB4563, 0x59E71AB01E459, 0x35D7B95E7C0352, 0x7EFBD45FE13B3B, 0x102FD1C1B1181, 0x363A3432870C66, 0xD7C638D9EE326,
        0x384A36C84A9ECE, 0x56B63EE7AFE98A, 0xF7DE5A772B8FA, 0x5B4318597B3368, 0x5DD6A0590D08BF, 0x72B2F4EE51D507, 0x7EAEEB1A10333,
        0x695C086DC24AC0, 0x7B1149B12CBBCA, 0x5F94FED2646C97, 0x662C5DA1ABC406, 0x18445A386AAD8E, 0x2006DD6196B10F, 0x7FA4E8AC9DB992,
        0x4077153103738D, 0x5FB537F1B7AB93, 0x4B1E01E465093F, 0xDFB1E55C871F5, 0x4305821BFFD638, 0x64A9225C650EF8, 0x13F72209454DF7,
        0x2C7038A5991AEF, 0x76630DCCB5367F, 0xC45F059A53389, 0x69751E46541756, 0x30D1B14C100B11, 0x4575BCD4DC1D51, 0x1FC941BABDE962,
        0x252AD528BC4D40, 0x6C4A2280D9212F, 0x285C53809CD681, 0x1DAEB4FC5D310E, 0x67D32F2CEE2961, 0x5F22A2CDEC6F5E, 0x54A95DF32B524C,
        0x4305D9C8FD4031, 0x5DCBCBC610149E, 0x4D60B31417C681, 0x362D439A77C864, 0x3055328BC6C833, 0x31E4D6E98F82A, 0x4778C7AA58FF18,
        0x1108D2340DD56C, 0x64ABDB1FB90514, 0x53776186357EB8, 0x121657F2BE1374, 0x5871D26DE42751, 0x6C91361FBF758C, 0x2F3E5C268C35BB,
        0xFD7DDF6A8D6FD, 0x262CBF826406AD, 0x7CAFD0B11C3DF6, 0x1F627D39879C7E, 0x7C5CDFCAA5B266, 0x2B82B42DFE36A4, 0x5B57E9F63AA514,
        0xBB6C55640B24A, 0x2468915D52D82, 0x431D9A6FD33338, 0x7F4987F2EDBA22, 0x5F3D5F46627FA3, 0x252A9B8AF63CFF, 0x298B77DCF18B37,
        0x642A00F232B28B, 0x216A4050500160, 0x17EF2BD2A41A4C, 0x46D89F493511B5, 0x6F694618096481, 0x7F15CE3B4EF27A, 0xC85EA29101347,
        0x21B22F2044AFF9, 0x33FA75C5301D76, 0x770FF970F26CDD, 0x254C0C60EB28E5, 0x4F1B9FFDD21ACF, 0x5A1E710B92642A, 0x8E12A92657663,
        0x27F3D3AA64C3C6, 0x7AEAEB152E9888, 0x3D7AF3084D0650, 0x2703056696D131, 0x426732385CE0CC, 0x2F511F82CBD616, 0x2760F7CBFEFABD,
        0x79E543FB828E27, 0x3163E0E3021574, 0x38D688A6353F8, 0x5708420D088F4D, 0x3FC04438ED27F1, 0x26FDE4799C8BF6, 0x1BBD7941E7272C,
        0x2BA0CEF51F9693, 0x2C186611383F2A, 0x7F5BA62CF297D4, 0x5D80899E672D28, 0x4EB0599E9BD56C, 0xD9D2ABE5AA816, 0x5BD2BCA83F2868,
        0x32A4BC25084D15, 0x7E50884DEE80DE, 0x308417B552D09, 0x7BE954E0622E6D, 0x410A90E68509D1, 0x1DF60375504080, 0x64A04B5734518,
        0x4CD9557C4C821C, 0x2DB0F77B954AFB, 0xF2DB906DBECD9, 0x683AA81D88EA2E, 0x4431A24115FC21, 0x4048393380514A, 0x572D2CDA1B5B44,
        0x6BED0A9BEBC72D, 0x6E66CAFFB702BC, 0x1EA699C9B28C6B, 0x42BC8E2A191153, 0x63D6B518DFD9C2, 0x69AAA2448FC01B, 0x3B43126EAD4DF5,
        0x786966B0D823F4, 0x46A7DDC5D6C806, 0x5B3D72845A0B27, 0x1F5FC0DD0357EF, 0x182FD50E87C03E, 0x78739FBB086893, 0x75272E41FDF8EE,
        0x421BA4EC8D0A7C, 0x3F0D47C70CC427, 0x276AC3B9A96A9D, 0x75729FB45B3DDD, 0x1F760C98304703, 0x1F33C16982C25F, 0x2BE10F35C70553,
        0x6DDCFC1B3AEABA, 0x1689E5792CDA9A, 0x7AD8D86F2398D8, 0x2730CDD72E4252, 0x419665C3C64C63, 0x62C860399AC8CF, 0x4DCF448296D0CE,
        0x11ACBC951A0CE4, 0x3B5E1604C76F66, 0x32FCAC93FAE70C, 0x2172BE4324F8CE, 0x7366B7799A66C7, 0x78E16F7313AF52, 0x5B5F3F784DDD68,
        0x68B7DB1117677A, 0x3E208F97738409, 0x31FE65310B55C0, 0x7E7C8F11D66348, 0x263A914072948A, 0x1FA8D807A9F0C9, 0x84955DE5C2F6B,
        0x15054E14D97D32, 0x198CF72C2B744F, 0x171AC155D1A54D, 0xF75F7813CC267, 0x431F6E79A544AD, 0x4A4222E53B1F0F, 0x3865343857289D,
    ];

    /// <summary>Makes the sequence as Sobol defined it, whose first point is the origin.</summary>
    /// <param name="dimension">Numbers a point; at most <see cref="MaximalDimension"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no direction numbers for so many dimensions.</exception>
    public static SobolSequence Unscrambled(int dimension) => new(dimension);

    /// <summary>Computes one point.</summary>
    /// <param name="index">Its place in the sequence, from 0 to 2³² − 1.</param>
    /// <param name="destination"><see cref="Dimension"/> numbers in [0, 1), multiples of 2⁻³².</param>
    public void Point(long index, Span<double> destination)
    {
        uint selected = checked((uint)index);
        for (int d = 0; d < Dimension; d++)
        {
            ReadOnlySpan<uint> columns = _directions.AsSpan(d * Bits, Bits);
            uint digits = _shifts[d];
            for (uint rest = selected; rest != 0; rest &= rest - 1)
            {
                digits ^= columns[BitOperations.TrailingZeroCount(rest)];
            }

            destination[d] = digits * (1.0 / (1UL << Bits));
        }
    }

    // Joe and Kuo 2008, eq. 2 and 3: the columns 2^(32−i) m_i of one dimension's generating matrix.
    private static void Recur(uint polynomial, ulong initial, Span<uint> columns)
    {
        int degree = BitOperations.Log2(polynomial);
        for (int i = 0; i < degree; i++)
        {
            uint m = (uint)((initial & ((1UL << i) - 1)) << 1) | 1;
            initial >>= i;
            columns[i] = m << (Bits - 1 - i);
        }

        for (int i = degree; i < Bits; i++)
        {
            columns[i] = columns[i - degree] ^ (columns[i - degree] >> degree);
            for (int k = 1; k < degree; k++)
            {
                columns[i] ^= ((polynomial >> (degree - k)) & 1) * columns[i - k];
            }
        }
    }

    // Ascending, bit k the coefficient of x^k: those of degree s for which x has the order 2^s − 1.
    private static IEnumerable<uint> PrimitivePolynomials()
    {
        yield return 0b11;
        for (int degree = 2; degree <= MaximalDegree; degree++)
        {
            for (uint polynomial = (1u << degree) | 1; polynomial >> degree == 1; polynomial += 2)
            {
                int order = 0;
                uint power = 1;
                do
                {
                    power <<= 1;
                    power ^= (power >> degree) * polynomial;
                    order++;
                }
                while (power != 1);
                if (order == (1 << degree) - 1)
                {
                    yield return polynomial;
                }
            }
        }
    }

    // Multiplies the columns by a random lower-triangular matrix with ones on its diagonal, the first row being the highest bit.
    private static void Scramble(Span<uint> columns, Rng rng)
    {
        Span<uint> rows = stackalloc uint[Bits];
        for (int i = 0; i < Bits; i++)
        {
            uint above = i == 0 ? 0 : (uint)(rng.NextBits() >> Bits) << (Bits - i);
            rows[i] = above | (1u << (Bits - 1 - i));
        }

        foreach (ref uint column in columns)
        {
            uint product = 0;
            for (int i = 0; i < Bits; i++)
            {
                product |= (uint)(BitOperations.PopCount(rows[i] & column) & 1) << (Bits - 1 - i);
            }

            column = product;
        }
    }
}
