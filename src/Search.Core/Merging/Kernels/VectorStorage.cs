using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Search.Merging.Kernels;

/// <summary>How elements are stored, and how they become float32 in registers; exactly, for every stored value is a float32.</summary>
/// <typeparam name="T">What an element is stored in.</typeparam>
internal interface IVectorStorage<T>
    where T : unmanaged
{
    /// <summary>Reads 16 elements.</summary>
    /// <param name="first">The first element of a run that holds them.</param>
    /// <param name="index">The first to read.</param>
    static abstract Vector512<float> Load(ref T first, nuint index);

    /// <summary>One element.</summary>
    /// <param name="value">As stored.</param>
    static abstract float Widen(T value);
}

/// <summary>float32 as it is.</summary>
internal readonly struct SingleStorage : IVectorStorage<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ref float first, nuint index) => Vector512.LoadUnsafe(ref first, index);

    public static float Widen(float value) => value;
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly struct BrainStorage : IVectorStorage<ushort>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ref ushort first, nuint index) =>
        (Vector512.WidenLower(Vector256.LoadUnsafe(ref first, index).ToVector512Unsafe()) << 16).AsSingle();

    public static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);
}

/// <summary>float16 of IEEE 754.</summary>
internal readonly struct HalfStorage : IVectorStorage<ushort>
{
    private const uint Exponent = 0x7C00 << 13;
    private const uint Rebias = (127 - 15) << 23;

    // Magnitude bits move to their place in a float32 and the exponent is biased anew. A subnormal gets the exponent of the least normal
    // number, which is then subtracted again: exact, and no subnormal float32 slows the arithmetic down.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ref ushort first, nuint index)
    {
        Vector512<uint> stored = Vector512.WidenLower(Vector256.LoadUnsafe(ref first, index).ToVector512Unsafe());
        Vector512<uint> magnitude = (stored & Vector512.Create(0x7FFFu)) << 13;
        Vector512<uint> exponent = magnitude & Vector512.Create(Exponent);
        Vector512<uint> rebiased = magnitude + Vector512.Create(Rebias);
        Vector512<uint> infinite = Vector512.Equals(exponent, Vector512.Create(Exponent)) & Vector512.Create(Rebias);
        Vector512<float> least = Vector512.Create(Rebias + (1u << 23)).AsSingle();
        Vector512<uint> small = ((rebiased + Vector512.Create(1u << 23)).AsSingle() - least).AsUInt32();
        Vector512<uint> widened = Vector512.ConditionalSelect(Vector512.Equals(exponent, Vector512<uint>.Zero), small, rebiased + infinite);
        return (widened | ((stored & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    public static float Widen(ushort value) => (float)BitConverter.UInt16BitsToHalf(value);
}
