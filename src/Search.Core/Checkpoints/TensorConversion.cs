using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Search.Checkpoints;

/// <summary>Converts elements between their stored types and float32.</summary>
public static class TensorConversion
{
    /// <summary>How many bytes an element takes.</summary>
    /// <param name="type">The element type.</param>
    public static int ByteSize(TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 => 8,
        TensorType.F32 or TensorType.I32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 => 2,
        _ => 1,
    };

    /// <summary>Converts stored elements to float32, rounding to nearest even where float32 is narrower.</summary>
    /// <param name="source">n elements of the type, little-endian.</param>
    /// <param name="type">The stored type.</param>
    /// <param name="destination">n elements.</param>
    public static void ToFloat32(ReadOnlySpan<byte> source, TensorType type, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, (long)destination.Length * ByteSize(type));
        switch (type)
        {
            case TensorType.F64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(source), destination);
                break;
            case TensorType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);
                break;
            case TensorType.BF16:
                // A bfloat16 is a float32's upper half.
                Span<uint> bits = MemoryMarshal.Cast<float, uint>(destination);
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ushort>(source), bits);
                TensorPrimitives.ShiftLeft<uint>(bits, 16, bits);
                break;
            case TensorType.I64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, long>(source), destination);
                break;
            case TensorType.I32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, int>(source), destination);
                break;
            case TensorType.I16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, short>(source), destination);
                break;
            case TensorType.I8:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, sbyte>(source), destination);
                break;
            default:
                TensorPrimitives.ConvertTruncating(source, destination);
                break;
        }
    }

    /// <summary>Converts float32 to a stored floating-point type, rounding to nearest even; what is too large becomes infinite, NaN stays NaN.</summary>
    /// <param name="source">n elements.</param>
    /// <param name="type">F64, F32, F16 or BF16.</param>
    /// <param name="destination">n elements of the type, little-endian.</param>
    public static void FromFloat32(ReadOnlySpan<float> source, TensorType type, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, (long)source.Length * ByteSize(type));
        switch (type)
        {
            case TensorType.F64:
                TensorPrimitives.ConvertTruncating(source, MemoryMarshal.Cast<byte, double>(destination));
                break;
            case TensorType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(destination));
                break;
            case TensorType.BF16:
                ToBFloat16(MemoryMarshal.Cast<float, uint>(source), MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "must be a floating-point type");
        }
    }

    private static void ToBFloat16(ReadOnlySpan<uint> source, Span<ushort> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            uint bits = source[i];
            bool isNaN = (bits & 0x7FFF_FFFF) > 0x7F80_0000;

            // Adding half a unit, less one where the kept part is even, rounds to nearest even; a NaN keeps its sign and turns quiet.
            destination[i] = (ushort)(isNaN ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }
}
