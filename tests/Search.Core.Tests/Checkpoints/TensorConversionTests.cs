using System.Runtime.InteropServices;
using Search.Checkpoints;

namespace Search.Tests.Checkpoints;

public sealed class TensorConversionTests
{
    [Test]
    public void ToFloat32_EveryHalf_ReadsTheHalfsValue()
    {
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] values = new float[65536];
        TensorConversion.ToFloat32(MemoryMarshal.AsBytes<ushort>(bits), TensorType.F16, values);
        Assert.That(values, Is.EqualTo(bits.Select(b => (float)BitConverter.UInt16BitsToHalf(b))));
    }

    [Test]
    public void FromFloat32_EveryHalfAndBFloat16_RoundTripsToTheSameBits([Values(TensorType.F16, TensorType.BF16)] TensorType type)
    {
        // NaN payloads aside, which need only stay NaN.
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i).Where(b => !IsNaN(b, type))];
        float[] values = new float[bits.Length];
        ushort[] back = new ushort[bits.Length];
        TensorConversion.ToFloat32(MemoryMarshal.AsBytes<ushort>(bits), type, values);
        TensorConversion.FromFloat32(values, type, MemoryMarshal.AsBytes(back.AsSpan()));
        Assert.That(back, Is.EqualTo(bits));
    }

    // Halfway cases go to the even neighbour, a hair more goes up; too large is infinite; subnormal halves exist.
    [TestCase(TensorType.F16, 1.00048828125f, 0x3C00)]
    [TestCase(TensorType.F16, 1.00146484375f, 0x3C02)]
    [TestCase(TensorType.F16, 65519.996f, 0x7BFF)]
    [TestCase(TensorType.F16, 65520f, 0x7C00)]
    [TestCase(TensorType.F16, -0f, 0x8000)]
    [TestCase(TensorType.F16, 5.9604645e-8f, 0x0001)]
    [TestCase(TensorType.F16, 2.9802322e-8f, 0x0000)]
    [TestCase(TensorType.BF16, 1.00390625f, 0x3F80)]
    [TestCase(TensorType.BF16, 1.01171875f, 0x3F82)]
    [TestCase(TensorType.BF16, 1.0039064f, 0x3F81)]
    [TestCase(TensorType.BF16, 3.4028235e38f, 0x7F80)]
    [TestCase(TensorType.BF16, float.NegativeInfinity, 0xFF80)]
    public void FromFloat32_HardCases_RoundToNearestEven(TensorType type, float value, int bits)
    {
        ushort[] result = new ushort[1];
        TensorConversion.FromFloat32([value], type, MemoryMarshal.AsBytes(result.AsSpan()));
        Assert.That(result[0], Is.EqualTo(bits), $"{result[0]:X4}");
    }

    [Test]
    public void FromFloat32_NaN_StaysNaN([Values(TensorType.F16, TensorType.BF16)] TensorType type, [Values(0x7F800001u, 0xFFFFFFFFu, 0x7FC00000u)] uint nan)
    {
        ushort[] result = new ushort[1];
        TensorConversion.FromFloat32([BitConverter.UInt32BitsToSingle(nan)], type, MemoryMarshal.AsBytes(result.AsSpan()));
        Assert.That(IsNaN(result[0], type), $"{result[0]:X4}");
    }

    [Test]
    public void ToFloat32_Integers_ReadsTheirValues()
    {
        float[] values = new float[3];
        TensorConversion.ToFloat32(MemoryMarshal.AsBytes<long>([-1, 0, 1L << 40]), TensorType.I64, values);
        Assert.That(values, Is.EqualTo(new float[] { -1, 0, 1L << 40 }));
        TensorConversion.ToFloat32([255, 0, 128], TensorType.U8, values);
        Assert.That(values, Is.EqualTo(new float[] { 255, 0, 128 }));
        TensorConversion.ToFloat32([255, 0, 128], TensorType.I8, values);
        Assert.That(values, Is.EqualTo(new float[] { -1, 0, -128 }));
    }

    [Test]
    public void ToFloat32_Double_RoundsToNearest()
    {
        float[] values = new float[2];
        TensorConversion.ToFloat32(MemoryMarshal.AsBytes<double>([1 + 1e-9, 1e300]), TensorType.F64, values);
        Assert.That(values, Is.EqualTo(new[] { 1f, float.PositiveInfinity }));
    }

    private static bool IsNaN(ushort bits, TensorType type) =>
        type == TensorType.F16 ? (bits & 0x7FFF) > 0x7C00 : (bits & 0x7FFF) > 0x7F80;
}
