using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Search.Checkpoints;

namespace Search.Tests.Checkpoints;

public sealed class TensorConversionTests
{
    // Longer than two vectors of any machine, and not a multiple of any.
    private const int Lanes = 131;

    [TestCase(TensorType.F64, 8)]
    [TestCase(TensorType.F32, 4)]
    [TestCase(TensorType.F16, 2)]
    [TestCase(TensorType.BF16, 2)]
    [TestCase(TensorType.I64, 8)]
    [TestCase(TensorType.I32, 4)]
    [TestCase(TensorType.I16, 2)]
    [TestCase(TensorType.I8, 1)]
    [TestCase(TensorType.U8, 1)]
    [TestCase(TensorType.Bool, 1)]
    public void ByteSize_EachType_IsItsWidth(TensorType type, int expected) => Assert.That(TensorConversion.ByteSize(type), Is.EqualTo(expected));

    [Test]
    public void ToFloat32_EveryHalf_HasTheValueOfItsFields()
    {
        ushort[] halves = EveryUInt16();
        float[] floats = ToFloats(halves, TensorType.F16);
        for (int i = 0; i < halves.Length; i++)
        {
            Assert.That(floats[i], Is.EqualTo(HalfByDefinition(halves[i])), $"half {halves[i]:x4}");
            Assert.That(float.IsNegative(floats[i]), Is.EqualTo(halves[i] >> 15 == 1), $"half {halves[i]:x4}");
        }
    }

    [Test]
    public void FromFloat32_EveryHalf_RoundTrips()
    {
        ushort[] halves = EveryUInt16();
        ushort[] back = FromFloats<ushort>(ToFloats(halves, TensorType.F16), TensorType.F16);
        for (int i = 0; i < halves.Length; i++)
        {
            bool nan = (halves[i] & 0x7FFF) > 0x7C00;
            Assert.That(nan ? back[i] & 0x7FFF : back[i], nan ? Is.GreaterThan(0x7C00) : Is.EqualTo(halves[i]), $"half {halves[i]:x4}");
        }
    }

    [Test]
    public void ToFloat32_EveryBrain_IsTheUpperHalfOfAFloat()
    {
        ushort[] brains = EveryUInt16();
        float[] floats = ToFloats(brains, TensorType.BF16);
        Assert.That(floats.Select(BitConverter.SingleToUInt32Bits), Is.EqualTo(brains.Select(brain => (uint)brain << 16)));
    }

    [Test]
    public void FromFloat32_EveryBrain_RoundTrips()
    {
        ushort[] brains = EveryUInt16();
        ushort[] back = FromFloats<ushort>(ToFloats(brains, TensorType.BF16), TensorType.BF16);

        // A signalling NaN comes back quiet.
        Assert.That(back, Is.EqualTo(brains.Select(brain => (ushort)((brain & 0x7FFF) > 0x7F80 ? brain | 0x40 : brain))));
    }

    [TestCase(0x3F800000u, 0x3F80, TestName = "FromFloat32_Brain_One")]
    [TestCase(0x3F807FFFu, 0x3F80, TestName = "FromFloat32_Brain_BelowTie_Down")]
    [TestCase(0x3F808000u, 0x3F80, TestName = "FromFloat32_Brain_TieAboveEven_Down")]
    [TestCase(0x3F808001u, 0x3F81, TestName = "FromFloat32_Brain_AboveTie_Up")]
    [TestCase(0x3F818000u, 0x3F82, TestName = "FromFloat32_Brain_TieAboveOdd_Up")]
    [TestCase(0x3FFF8000u, 0x4000, TestName = "FromFloat32_Brain_TieCarriesIntoExponent")]
    [TestCase(0x7F7FFFFFu, 0x7F80, TestName = "FromFloat32_Brain_LargestFloat_Infinity")]
    [TestCase(0xFF7FFFFFu, 0xFF80, TestName = "FromFloat32_Brain_LeastFloat_NegativeInfinity")]
    [TestCase(0x7F7F7FFFu, 0x7F7F, TestName = "FromFloat32_Brain_JustFits")]
    [TestCase(0x7F800000u, 0x7F80, TestName = "FromFloat32_Brain_Infinity")]
    [TestCase(0x7F800001u, 0x7FC0, TestName = "FromFloat32_Brain_NaNWithLowBitsOnly_NaN")]
    [TestCase(0x7FFFFFFFu, 0x7FFF, TestName = "FromFloat32_Brain_NaNThatRoundingWouldCarry_NaN")]
    [TestCase(0xFFFFFFFFu, 0xFFFF, TestName = "FromFloat32_Brain_NegativeNaN_NaN")]
    [TestCase(0x00000001u, 0x0000, TestName = "FromFloat32_Brain_TinySubnormal_Zero")]
    [TestCase(0x00008000u, 0x0000, TestName = "FromFloat32_Brain_SubnormalTie_Even")]
    [TestCase(0x00018000u, 0x0002, TestName = "FromFloat32_Brain_SubnormalTieAboveOdd_Up")]
    [TestCase(0x00008001u, 0x0001, TestName = "FromFloat32_Brain_SubnormalAboveTie_Up")]
    [TestCase(0x80000000u, 0x8000, TestName = "FromFloat32_Brain_NegativeZero")]
    public void FromFloat32_Brain_KnownAnswer(uint bits, int expected) => AssertEveryLane(bits, TensorType.BF16, expected);

    [TestCase(1f, 0x3C00, TestName = "FromFloat32_Half_One")]
    [TestCase(65504f, 0x7BFF, TestName = "FromFloat32_Half_Largest")]
    [TestCase(65519.996f, 0x7BFF, TestName = "FromFloat32_Half_JustFits")]
    [TestCase(65520f, 0x7C00, TestName = "FromFloat32_Half_TieAtOverflow_Infinity")]
    [TestCase(-1e30f, 0xFC00, TestName = "FromFloat32_Half_Overflow_NegativeInfinity")]
    [TestCase(1f + 1f / 2048, 0x3C00, TestName = "FromFloat32_Half_TieAboveEven_Down")]
    [TestCase(1f + 3f / 2048, 0x3C02, TestName = "FromFloat32_Half_TieAboveOdd_Up")]
    [TestCase(5.9604645e-08f, 0x0001, TestName = "FromFloat32_Half_SmallestSubnormal")]
    [TestCase(2.9802322e-08f, 0x0000, TestName = "FromFloat32_Half_HalfTheSmallestSubnormal_Zero")]
    [TestCase(2.9802326e-08f, 0x0001, TestName = "FromFloat32_Half_MoreThanHalfTheSmallest_Up")]
    [TestCase(8.940697e-08f, 0x0002, TestName = "FromFloat32_Half_SubnormalTieAboveOdd_Up")]
    [TestCase(6.1035156e-05f, 0x0400, TestName = "FromFloat32_Half_SmallestNormal")]
    [TestCase(-0f, 0x8000, TestName = "FromFloat32_Half_NegativeZero")]
    [TestCase(float.PositiveInfinity, 0x7C00, TestName = "FromFloat32_Half_Infinity")]
    public void FromFloat32_Half_KnownAnswer(float value, int expected) =>
        AssertEveryLane(BitConverter.SingleToUInt32Bits(value), TensorType.F16, expected);

    [TestCase(0x7F800001u)]
    [TestCase(0x7FC00000u)]
    [TestCase(0xFFFFFFFFu)]
    public void FromFloat32_HalfOfNaN_IsNaN(uint bits)
    {
        float[] floats = [.. Enumerable.Repeat(BitConverter.UInt32BitsToSingle(bits), Lanes)];
        Assert.That(FromFloats<ushort>(floats, TensorType.F16), Is.All.Matches<ushort>(half => (half & 0x7FFF) > 0x7C00));
    }

    [TestCase(1.0000000596046448, 1f, TestName = "ToFloat32_Double_TieAboveEven_Down")]
    [TestCase(1.0000000596046450, 1.0000001f, TestName = "ToFloat32_Double_AboveTie_Up")]
    [TestCase(1.0000001788139343, 1.0000002f, TestName = "ToFloat32_Double_TieAboveOdd_Up")]
    [TestCase(3.4028235677973366e38, float.PositiveInfinity, TestName = "ToFloat32_Double_Overflow_Infinity")]
    [TestCase(-1e300, float.NegativeInfinity, TestName = "ToFloat32_Double_Overflow_NegativeInfinity")]
    [TestCase(1.401298464324817e-45, float.Epsilon, TestName = "ToFloat32_Double_SmallestSubnormal")]
    [TestCase(7.006492321624085e-46, 0f, TestName = "ToFloat32_Double_HalfTheSmallestSubnormal_Zero")]
    [TestCase(double.NaN, float.NaN, TestName = "ToFloat32_Double_NaN")]
    public void ToFloat32_Double_KnownAnswer(double value, float expected) =>
        Assert.That(ToFloats(Enumerable.Repeat(value, Lanes).ToArray(), TensorType.F64), Is.All.EqualTo(expected));

    [Test]
    public void FromFloat32_Double_IsExact()
    {
        float[] floats = [0.1f, -0f, float.Epsilon, float.MaxValue, float.NaN, float.NegativeInfinity, 3f];
        Assert.That(FromFloats<double>(floats, TensorType.F64), Is.EqualTo(floats.Select(value => (double)value)));
    }

    // 2^60 + 2^36 + 1 lies just above a tie; rounding to double first would lose the 1 and round down.
    [TestCase((1L << 60) + (1L << 36) + 1, 1152921642045800448f)]
    [TestCase((1L << 60) + (1L << 36), 1152921504606846976f)]
    [TestCase(long.MinValue, -9223372036854775808f)]
    [TestCase(-3L, -3f)]
    public void ToFloat32_Int64_RoundsOnce(long value, float expected) =>
        Assert.That(ToFloats(Enumerable.Repeat(value, Lanes).ToArray(), TensorType.I64), Is.All.EqualTo(expected));

    [TestCase(16777217, 16777216f)]
    [TestCase(16777219, 16777220f)]
    [TestCase(int.MinValue, -2147483648f)]
    public void ToFloat32_Int32_TiesGoToEven(int value, float expected) =>
        Assert.That(ToFloats(Enumerable.Repeat(value, Lanes).ToArray(), TensorType.I32), Is.All.EqualTo(expected));

    [Test]
    public void ToFloat32_Int16_KeepsSign() => Assert.That(ToFloats<short>([-32768, -1, 0, 32767], TensorType.I16), Is.EqualTo([-32768f, -1f, 0f, 32767f]));

    [Test]
    public void ToFloat32_Int8_KeepsSign() => Assert.That(ToFloats<sbyte>([-128, -1, 127], TensorType.I8), Is.EqualTo([-128f, -1f, 127f]));

    [Test]
    public void ToFloat32_UInt8_HasNoSign() => Assert.That(ToFloats<byte>([0, 128, 255], TensorType.U8), Is.EqualTo([0f, 128f, 255f]));

    [Test]
    public void ToFloat32_Bool_IsZeroOrOne() => Assert.That(ToFloats<byte>([0, 1, 255], TensorType.Bool), Is.EqualTo([0f, 1f, 1f]));

    [TestCase(7, 2)]
    [TestCase(8, 1)]
    [TestCase(8, 3)]
    public void ToFloat32_LengthsThatDisagree_Throws(int bytes, int floats) =>
        Assert.That(() => TensorConversion.ToFloat32(new byte[bytes], TensorType.F32, new float[floats]), Throws.ArgumentException);

    [Test]
    public void FromFloat32_LengthsThatDisagree_Throws() =>
        Assert.That(() => TensorConversion.FromFloat32(new float[2], TensorType.F16, new byte[5]), Throws.ArgumentException);

    [Test]
    public void FromFloat32_IntegerType_Throws() =>
        Assert.That(() => TensorConversion.FromFloat32(new float[1], TensorType.I32, new byte[4]), Throws.ArgumentException.With.Message.Contains("I32"));

    // The nearest of the two neighbours, computed in double, where both distances are exact.
    [Test]
    public void FromFloat32_AnyFloats_BrainIsNearestAndTiesAreEven() => Check.QuickThrowOnFailure(Prop.ForAll<uint[]>(patterns =>
    {
        float[] floats = [.. patterns.Select(pattern => BitConverter.UInt32BitsToSingle(Scramble(pattern))).Where(float.IsFinite)];
        ushort[] brains = FromFloats<ushort>(floats, TensorType.BF16);
        return floats.Zip(brains).All(pair => IsNearestBrain(pair.First, pair.Second));
    }));

    [Test]
    public void FromFloat32_AnyFloats_HalfEqualsScalarConversion() => Check.QuickThrowOnFailure(Prop.ForAll<float[]>(floats =>
        FromFloats<ushort>(floats, TensorType.F16).Zip(floats).All(pair => BitConverter.UInt16BitsToHalf(pair.First).Equals((Half)pair.Second))));

    [Test]
    public void ToFloat32_AfterFromFloat32_WideTypesGiveTheSameBits() => Check.QuickThrowOnFailure(Prop.ForAll<uint[]>(patterns =>
    {
        float[] floats = [.. patterns.Select(pattern => BitConverter.UInt32BitsToSingle(Scramble(pattern))).Where(value => !float.IsNaN(value))];
        return Same(floats, ToFloats(FromFloats<double>(floats, TensorType.F64), TensorType.F64))
            && Same(floats, ToFloats(FromFloats<float>(floats, TensorType.F32), TensorType.F32));
    }));

    private static bool Same(float[] a, float[] b) =>
        a.Select(BitConverter.SingleToUInt32Bits).SequenceEqual(b.Select(BitConverter.SingleToUInt32Bits));

    // FsCheck draws small numbers; this spreads them over all bit patterns.
    private static uint Scramble(uint value) => (value + 0x9E3779B9) * 0x85EBCA6B ^ (value << 13);

    private static bool IsNearestBrain(float value, ushort brain)
    {
        uint magnitude = BitConverter.SingleToUInt32Bits(value) & 0x7FFFFFFF;
        uint below = magnitude >> 16;
        double low = BrainValue(below);
        double high = BrainValue(below + 1);
        double exact = Math.Abs((double)value);
        uint nearest = exact - low < high - exact ? below : exact - low > high - exact ? below + 1 : below + (below & 1);
        return (brain & 0x7FFF) == nearest && (brain >> 15 == 1) == float.IsNegative(value);
    }

    // Of positive patterns; infinity stands where the next power of two would, which is what rounding measures against.
    private static double BrainValue(uint brain) => brain == 0x7F80 ? Math.ScaleB(1, 128) : BitConverter.UInt32BitsToSingle(brain << 16);

    private static float HalfByDefinition(ushort half)
    {
        int exponent = (half >> 10) & 31;
        int fraction = half & 1023;
        double magnitude = exponent switch
        {
            0 => Math.ScaleB(fraction, -24),
            31 => fraction == 0 ? double.PositiveInfinity : double.NaN,
            _ => Math.ScaleB(1024 + fraction, exponent - 25),
        };
        return (float)(half >> 15 == 1 ? -magnitude : magnitude);
    }

    private static ushort[] EveryUInt16() => [.. Enumerable.Range(0, 65536).Select(value => (ushort)value)];

    private static void AssertEveryLane(uint bits, TensorType type, int expected)
    {
        float[] floats = [.. Enumerable.Repeat(BitConverter.UInt32BitsToSingle(bits), Lanes)];
        byte[] bytes = new byte[Lanes * 2];
        TensorConversion.FromFloat32(floats, type, bytes);
        for (int i = 0; i < Lanes; i++)
        {
            Assert.That(BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(i * 2)), Is.EqualTo(expected), $"lane {i}");
        }
    }

    private static float[] ToFloats<T>(T[] elements, TensorType type)
        where T : unmanaged
    {
        float[] floats = new float[elements.Length];
        TensorConversion.ToFloat32(MemoryMarshal.AsBytes<T>(elements), type, floats);
        return floats;
    }

    private static T[] FromFloats<T>(float[] floats, TensorType type)
        where T : unmanaged
    {
        T[] elements = new T[floats.Length];
        TensorConversion.FromFloat32(floats, type, MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }
}
