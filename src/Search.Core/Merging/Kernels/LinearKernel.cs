using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Search.Merging.Kernels;

/// <summary>
/// Adds weighted vectors up: b·θ₀ + Σ wₖ·vₖ, rounded after the product with the base and after each vector, in their order, whatever the
/// width of the registers. A vector of weight zero takes no part, whatever its values are.
/// </summary>
internal static class LinearKernel
{
    /// <summary>Candidates that are formed from one read of the vectors.</summary>
    public const int AtOnce = 8;

    private const int Lanes = 16;
    private const int Tile = 4 * Lanes;

    /// <summary>Forms a candidate's slice.</summary>
    /// <typeparam name="T">What the vectors' elements are stored in.</typeparam>
    /// <typeparam name="TStorage">How.</typeparam>
    /// <typeparam name="TBase">What the base's elements are stored in.</typeparam>
    /// <typeparam name="TBaseStorage">How.</typeparam>
    /// <param name="origin">The base's slice.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="start">Where the slice begins in each.</param>
    /// <param name="baseWeight">The base's weight.</param>
    /// <param name="weights">One a vector.</param>
    /// <param name="destination">Filled whole; as long as the base's slice.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge<T, TStorage, TBase, TBaseStorage>(
        ReadOnlySpan<TBase> origin, T[][] vectors, int start, float baseWeight, ReadOnlySpan<float> weights, Span<float> destination)
        where T : unmanaged
        where TStorage : IVectorStorage<T>
        where TBase : unmanaged
        where TBaseStorage : IVectorStorage<TBase>
    {
        Check(origin.Length, vectors, start, destination.Length);
        ref TBase from = ref MemoryMarshal.GetReference(origin);
        ref float to = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        for (; i <= destination.Length - Tile; i += Tile)
        {
            nuint at = (nuint)i;
            Vector512<float> b = Vector512.Create(baseWeight);
            Vector512<float> sum0 = TBaseStorage.Load(ref from, at) * b;
            Vector512<float> sum1 = TBaseStorage.Load(ref from, at + Lanes) * b;
            Vector512<float> sum2 = TBaseStorage.Load(ref from, at + (2 * Lanes)) * b;
            Vector512<float> sum3 = TBaseStorage.Load(ref from, at + (3 * Lanes)) * b;
            for (int k = 0; k < weights.Length; k++)
            {
                if (weights[k] != 0)
                {
                    ref T vector = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(vectors[k]), start);
                    Vector512<float> weight = Vector512.Create(weights[k]);
                    sum0 = Vector512.FusedMultiplyAdd(TStorage.Load(ref vector, at), weight, sum0);
                    sum1 = Vector512.FusedMultiplyAdd(TStorage.Load(ref vector, at + Lanes), weight, sum1);
                    sum2 = Vector512.FusedMultiplyAdd(TStorage.Load(ref vector, at + (2 * Lanes)), weight, sum2);
                    sum3 = Vector512.FusedMultiplyAdd(TStorage.Load(ref vector, at + (3 * Lanes)), weight, sum3);
                }
            }

            sum0.StoreUnsafe(ref to, at);
            sum1.StoreUnsafe(ref to, at + Lanes);
            sum2.StoreUnsafe(ref to, at + (2 * Lanes));
            sum3.StoreUnsafe(ref to, at + (3 * Lanes));
        }

        for (; i < destination.Length; i++)
        {
            float sum = TBaseStorage.Widen(origin[i]) * baseWeight;
            for (int k = 0; k < weights.Length; k++)
            {
                sum = weights[k] != 0 ? MathF.FusedMultiplyAdd(TStorage.Widen(vectors[k][start + i]), weights[k], sum) : sum;
            }

            destination[i] = sum;
        }
    }

    /// <summary>Forms the slices of <see cref="AtOnce"/> candidates that weigh every vector, as <see cref="Merge"/> would one by one, but with each vector read once.</summary>
    /// <typeparam name="T">What the vectors' elements are stored in.</typeparam>
    /// <typeparam name="TStorage">How.</typeparam>
    /// <param name="origin">The base's slice.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="start">Where the slice begins in each.</param>
    /// <param name="weights">The candidates' weights of the base, then those of the first vector, and so on; none of a vector is 0.</param>
    /// <param name="destinations">Where the candidates go.</param>
    /// <param name="done">Where the slice begins in each of them.</param>
    /// <returns>How many elements are formed; less than 16 are left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int MergeTogether<T, TStorage>(ReadOnlySpan<float> origin, T[][] vectors, int start, ReadOnlySpan<float> weights, ReadOnlySpan<Memory<float>> destinations, int done)
        where T : unmanaged
        where TStorage : IVectorStorage<T>
    {
        Check(origin.Length, vectors, start, origin.Length);
        weights = weights[..((vectors.Length + 1) * AtOnce)];
        ref float from = ref MemoryMarshal.GetReference(origin);
        ref float first = ref MemoryMarshal.GetReference(weights);
        ref float to0 = ref Reference(destinations[0], done, origin.Length);
        ref float to1 = ref Reference(destinations[1], done, origin.Length);
        ref float to2 = ref Reference(destinations[2], done, origin.Length);
        ref float to3 = ref Reference(destinations[3], done, origin.Length);
        ref float to4 = ref Reference(destinations[4], done, origin.Length);
        ref float to5 = ref Reference(destinations[5], done, origin.Length);
        ref float to6 = ref Reference(destinations[6], done, origin.Length);
        ref float to7 = ref Reference(destinations[7], done, origin.Length);
        int i = 0;
        for (; i <= origin.Length - Lanes; i += Lanes)
        {
            nuint at = (nuint)i;
            Vector512<float> x = Vector512.LoadUnsafe(ref from, at);
            Vector512<float> sum0 = x * Vector512.Create(first);
            Vector512<float> sum1 = x * Vector512.Create(Unsafe.Add(ref first, 1));
            Vector512<float> sum2 = x * Vector512.Create(Unsafe.Add(ref first, 2));
            Vector512<float> sum3 = x * Vector512.Create(Unsafe.Add(ref first, 3));
            Vector512<float> sum4 = x * Vector512.Create(Unsafe.Add(ref first, 4));
            Vector512<float> sum5 = x * Vector512.Create(Unsafe.Add(ref first, 5));
            Vector512<float> sum6 = x * Vector512.Create(Unsafe.Add(ref first, 6));
            Vector512<float> sum7 = x * Vector512.Create(Unsafe.Add(ref first, 7));
            for (int k = 0; k < vectors.Length; k++)
            {
                x = TStorage.Load(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(vectors[k]), start), at);
                ref float weight = ref Unsafe.Add(ref first, (k + 1) * AtOnce);
                sum0 = Vector512.FusedMultiplyAdd(x, Vector512.Create(weight), sum0);
                sum1 = Vector512.FusedMultiplyAdd(x, Vector512.Create(Unsafe.Add(ref weight, 1)), sum1);
                sum2 = Vector512.FusedMultiplyAdd(x, Vector512.Create(Unsafe.Add(ref weight, 2)), sum2);
                sum3 = Vector512.FusedMultiplyAdd(x, Vector512.Create(Unsafe.Add(ref weight, 3)), sum3);
                sum4 = Vector512.FusedMultiplyAdd(x, Vector512.Create(Unsafe.Add(ref weight, 4)), sum4);
                sum5 = Vector512.FusedMultiplyAdd(x, Vector512.Create(Unsafe.Add(ref weight, 5)), sum5);
                sum6 = Vector512.FusedMultiplyAdd(x, Vector512.Create(Unsafe.Add(ref weight, 6)), sum6);
                sum7 = Vector512.FusedMultiplyAdd(x, Vector512.Create(Unsafe.Add(ref weight, 7)), sum7);
            }

            sum0.StoreUnsafe(ref to0, at);
            sum1.StoreUnsafe(ref to1, at);
            sum2.StoreUnsafe(ref to2, at);
            sum3.StoreUnsafe(ref to3, at);
            sum4.StoreUnsafe(ref to4, at);
            sum5.StoreUnsafe(ref to5, at);
            sum6.StoreUnsafe(ref to6, at);
            sum7.StoreUnsafe(ref to7, at);
        }

        return i;
    }

    /// <summary>Turns stored elements into float32.</summary>
    /// <typeparam name="T">What they are stored in.</typeparam>
    /// <typeparam name="TStorage">How.</typeparam>
    /// <param name="stored">The elements.</param>
    /// <param name="values">As many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen<T, TStorage>(ReadOnlySpan<T> stored, Span<float> values)
        where T : unmanaged
        where TStorage : IVectorStorage<T>
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, stored.Length);
        int i = 0;
        for (; i <= stored.Length - Lanes; i += Lanes)
        {
            TStorage.Load(ref MemoryMarshal.GetReference(stored), (nuint)i).StoreUnsafe(ref MemoryMarshal.GetReference(values), (nuint)i);
        }

        for (; i < stored.Length; i++)
        {
            values[i] = TStorage.Widen(stored[i]);
        }
    }

    /// <summary>Throws unless the slices are there, for kernels read without further checks.</summary>
    /// <typeparam name="T">What the vectors' elements are stored in.</typeparam>
    /// <param name="origin">The length of the base's slice.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="start">Where the slice begins in each.</param>
    /// <param name="length">The length of what is formed.</param>
    public static void Check<T>(int origin, T[][] vectors, int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(origin, length);
        foreach (T[] vector in vectors)
        {
            _ = vector.AsSpan(start, length);
        }
    }

    private static ref float Reference(Memory<float> destination, int done, int length) => ref MemoryMarshal.GetReference(destination.Span.Slice(done, length));
}
