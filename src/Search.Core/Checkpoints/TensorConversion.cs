using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Search.Checkpoints;

/// <summary>Turns stored tensor bytes (little-endian, as checkpoints and this program's hosts have them) into float32 and back.</summary>
public static class TensorConversion
{
    private const uint MagnitudeMask = 0x7FFF_FFFF;
    private const uint InfinityBits = 0x7F80_0000;

    /// <summary>How many bytes one element takes.</summary>
    /// <param name="type">The element type.</param>
    /// <returns>1, 2, 4 or 8.</returns>
    public static int ByteSize(TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 => 8,
        TensorType.F32 or TensorType.I32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 => 2,
        TensorType.I8 or TensorType.U8 or TensorType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a tensor type."),
    };

    /// <summary>Converts stored elements to float32; what float32 cannot hold is rounded to nearest even, a Bool byte other than 0 counts as 1.</summary>
    /// <param name="source">n elements as stored.</param>
    /// <param name="type">Their type.</param>
    /// <param name="destination">n floats; must not overlap the source.</param>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public static void ToFloat32(ReadOnlySpan<byte> source, TensorType type, Span<float> destination)
    {
        RequireSameCount(source.Length, type, destination.Length);
        switch (type)
        {
            case TensorType.F64:
                TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(source), destination);
                break;
            case TensorType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);
                break;
            case TensorType.BF16:
                WidenBrain(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<float, uint>(destination));
                break;
            case TensorType.I64:
                TensorPrimitives.ConvertTruncating<long, float>(MemoryMarshal.Cast<byte, long>(source), destination);
                break;
            case TensorType.I32:
                TensorPrimitives.ConvertTruncating<int, float>(MemoryMarshal.Cast<byte, int>(source), destination);
                break;
            case TensorType.I16:
                TensorPrimitives.ConvertTruncating<short, float>(MemoryMarshal.Cast<byte, short>(source), destination);
                break;
            case TensorType.I8:
                TensorPrimitives.ConvertTruncating<sbyte, float>(MemoryMarshal.Cast<byte, sbyte>(source), destination);
                break;
            case TensorType.U8:
                TensorPrimitives.ConvertTruncating<byte, float>(source, destination);
                break;
            default:
                for (int i = 0; i < destination.Length; i++)
                {
                    destination[i] = source[i] == 0 ? 0f : 1f;
                }

                break;
        }
    }

    /// <summary>Converts float32 to a stored floating-point type: round to nearest even, overflow to infinity, NaN stays NaN.</summary>
    /// <param name="source">n floats.</param>
    /// <param name="type">F64, F32, F16 or BF16.</param>
    /// <param name="destination">n elements as stored; must not overlap the source.</param>
    /// <exception cref="ArgumentException">The lengths do not agree, or the type is not a floating-point one.</exception>
    public static void FromFloat32(ReadOnlySpan<float> source, TensorType type, Span<byte> destination)
    {
        RequireSameCount(destination.Length, type, source.Length);
        switch (type)
        {
            case TensorType.F64:
                TensorPrimitives.ConvertTruncating<float, double>(source, MemoryMarshal.Cast<byte, double>(destination));
                break;
            case TensorType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case TensorType.BF16:
                NarrowToBrain(MemoryMarshal.Cast<float, uint>(source), MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            default:
                throw new ArgumentException($"Floats are not written as {type}; F64, F32, F16 and BF16 are.", nameof(type));
        }
    }

    private static void RequireSameCount(int bytes, TensorType type, int floats)
    {
        if (bytes != (long)floats * ByteSize(type))
        {
            throw new ArgumentException($"{bytes} bytes of {type} are not {floats} elements.");
        }
    }

    private static void WidenBrain(ReadOnlySpan<ushort> source, Span<uint> destination)
    {
        ReadOnlySpan<Vector<ushort>> vectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(source);
        Span<Vector<uint>> wide = MemoryMarshal.Cast<uint, Vector<uint>>(destination);
        for (int i = 0; i < vectors.Length; i++)
        {
            Vector.Widen(vectors[i], out Vector<uint> low, out Vector<uint> high);
            wide[2 * i] = low << 16;
            wide[(2 * i) + 1] = high << 16;
        }

        for (int i = vectors.Length * Vector<ushort>.Count; i < source.Length; i++)
        {
            destination[i] = (uint)source[i] << 16;
        }
    }

    private static void NarrowToBrain(ReadOnlySpan<uint> source, Span<ushort> destination)
    {
        ReadOnlySpan<Vector<uint>> wide = MemoryMarshal.Cast<uint, Vector<uint>>(source);
        Span<Vector<ushort>> vectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(destination);
        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i] = Vector.Narrow(UpperHalves(wide[2 * i]), UpperHalves(wide[(2 * i) + 1]));
        }

        for (int i = vectors.Length * Vector<ushort>.Count; i < source.Length; i++)
        {
            destination[i] = (ushort)UpperHalf(source[i]);
        }
    }

    // Half of the dropped part's range is added, and one more where the kept part is odd, so that ties go to even; a carry into the exponent is right.
    // A NaN is cut instead, with the quiet bit set, because rounding could carry it into infinity and cutting alone could leave no mantissa.
    private static Vector<uint> UpperHalves(Vector<uint> bits)
    {
        Vector<uint> rounded = (bits + new Vector<uint>(0x7FFF) + ((bits >>> 16) & Vector<uint>.One)) >>> 16;
        Vector<uint> nan = Vector.GreaterThan(bits & new Vector<uint>(MagnitudeMask), new Vector<uint>(InfinityBits));
        return Vector.ConditionalSelect(nan, (bits >>> 16) | new Vector<uint>(0x40), rounded);
    }

    private static uint UpperHalf(uint bits) =>
        (bits & MagnitudeMask) > InfinityBits ? (bits >>> 16) | 0x40 : (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
}
