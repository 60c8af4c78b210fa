using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Search.Merging.Kernels;

/// <summary>Weighs vectors by precisions, each read once. The result does not depend on the registers' width.</summary>
internal static class PrecisionKernel
{
    private const int Lanes = 16;

    /// <summary>Forms a candidate's slice: the base, and what a rule makes of the vectors. An expert of weight zero takes no part, whatever its values are.</summary>
    /// <typeparam name="T">What the vectors' elements are stored in.</typeparam>
    /// <typeparam name="TStorage">How.</typeparam>
    /// <param name="origin">The base's slice.</param>
    /// <param name="vectors">The vectors and their precisions.</param>
    /// <param name="start">Where the slice begins in each.</param>
    /// <param name="baseWeight">The base's weight.</param>
    /// <param name="weights">One an expert, and more.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="scale">What the result is multiplied by.</param>
    /// <param name="destination">Filled whole; as long as the base's slice.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge<T, TStorage>(
        ReadOnlySpan<float> origin, T[][] vectors, int start, float baseWeight, ReadOnlySpan<float> weights, PrecisionRule rule, float scale, Span<float> destination)
        where T : unmanaged
        where TStorage : IVectorStorage<T>
    {
        LinearKernel.Check(origin.Length, vectors, start, destination.Length);
        int experts = rule.Experts;
        bool hasBase = vectors.Length > 2 * experts;
        int i = 0;
        for (; i <= destination.Length - Lanes; i += Lanes)
        {
            nuint at = (nuint)i;
            Vector512<float> prior = Vector512.Create(rule.Prior);
            if (hasBase)
            {
                prior += TStorage.Load(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(vectors[2 * experts]), start), at);
            }

            Vector512<float> sum = Vector512<float>.Zero;
            Vector512<float> divisor = prior;
            for (int k = 0; k < experts; k++)
            {
                if (weights[k] == 0)
                {
                    continue;
                }

                Vector512<float> weight = Vector512.Create(weights[k]);
                Vector512<float> share = TStorage.Load(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(vectors[experts + k]), start), at) * weight;
                Vector512<float> value = TStorage.Load(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(vectors[k]), start), at);
                divisor += share;
                sum = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(prior, weight, share), value, sum);
            }

            Vector512<float> quotient = Vector512.ConditionalSelect(Vector512.Equals(divisor, Vector512<float>.Zero), Vector512<float>.Zero, sum * Vector512.Create(scale) / divisor);
            ((Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(origin), at) * Vector512.Create(baseWeight)) + quotient).StoreUnsafe(ref MemoryMarshal.GetReference(destination), at);
        }

        for (; i < destination.Length; i++)
        {
            float prior = rule.Prior + (hasBase ? TStorage.Widen(vectors[2 * experts][start + i]) : 0);
            (float sum, float divisor) = (0, prior);
            for (int k = 0; k < experts; k++)
            {
                if (weights[k] != 0)
                {
                    float share = TStorage.Widen(vectors[experts + k][start + i]) * weights[k];
                    divisor += share;
                    sum = MathF.FusedMultiplyAdd(MathF.FusedMultiplyAdd(prior, weights[k], share), TStorage.Widen(vectors[k][start + i]), sum);
                }
            }

            destination[i] = (origin[i] * baseWeight) + (divisor == 0 ? 0 : sum * scale / divisor);
        }
    }
}
