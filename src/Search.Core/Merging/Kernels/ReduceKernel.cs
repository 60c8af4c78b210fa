using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Search.Merging.Kernels;

/// <summary>
/// Adds up the weighted vectors that agree with the elected sign. Each vector is read once: what is positive and what is negative is kept
/// apart in registers until the vote is counted. The result does not depend on the registers' width.
/// </summary>
internal static class ReduceKernel
{
    // A divisor below this stands for none, as in mergekit's generalized task arithmetic.
    private const float LeastDivisor = 1e-8f;

    private const int Lanes = 16;

    /// <summary>Forms a candidate's slice: the base, and what a rule makes of the products. A vector of weight zero takes no part.</summary>
    /// <typeparam name="T">What the vectors' elements are stored in.</typeparam>
    /// <typeparam name="TStorage">How.</typeparam>
    /// <param name="origin">The base's slice.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="start">Where the slice begins in each.</param>
    /// <param name="baseWeight">The base's weight.</param>
    /// <param name="weights">One a vector.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="scale">What the result is multiplied by.</param>
    /// <param name="destination">Filled whole; as long as the base's slice.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge<T, TStorage>(
        ReadOnlySpan<float> origin, T[][] vectors, int start, float baseWeight, ReadOnlySpan<float> weights, ReduceRule rule, float scale, Span<float> destination)
        where T : unmanaged
        where TStorage : IVectorStorage<T>
    {
        LinearKernel.Check(origin.Length, vectors, start, destination.Length);
        bool mass = rule.Vote == SignVote.Mass;
        int i = 0;
        for (; i <= destination.Length - Lanes; i += Lanes)
        {
            nuint at = (nuint)i;
            Vector512<float> zero = Vector512<float>.Zero;
            (Vector512<float> votes, Vector512<float> above, Vector512<float> below, Vector512<float> weightAbove, Vector512<float> weightBelow) = (zero, zero, zero, zero, zero);
            for (int k = 0; k < weights.Length; k++)
            {
                if (weights[k] == 0)
                {
                    continue;
                }

                Vector512<float> weight = Vector512.Create(weights[k]);
                Vector512<float> value = TStorage.Load(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(vectors[k]), start), at);
                Vector512<float> product = value * weight;
                above += Vector512.MaxNative(product, zero);
                below += Vector512.MinNative(product, zero);
                weightAbove = Vector512.ConditionalSelect(Vector512.GreaterThan(product, zero), weightAbove + weight, weightAbove);
                weightBelow = Vector512.ConditionalSelect(Vector512.LessThan(product, zero), weightBelow + weight, weightBelow);
                if (mass)
                {
                    votes += product; // rounded alike, so that opposite products cancel
                }
                else
                {
                    Vector512<float> sign = Vector512.Create(Sign(weights[k]));
                    votes = Vector512.ConditionalSelect(Vector512.GreaterThan(value, zero), votes + sign, votes);
                    votes = Vector512.ConditionalSelect(Vector512.LessThan(value, zero), votes - sign, votes);
                }
            }

            Vector512<float> isPositive = rule.TiePositive ? Vector512.GreaterThanOrEqual(votes, zero) : Vector512.GreaterThan(votes, zero);
            Vector512<float> sum = Vector512.ConditionalSelect(isPositive, above, below) * Vector512.Create(scale);
            if (rule.Divides)
            {
                Vector512<float> divisor = Vector512.ConditionalSelect(isPositive, weightAbove, weightBelow);
                sum /= Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(Vector512.Abs(divisor), Vector512.Create(LeastDivisor)), divisor, Vector512<float>.One);
            }

            ((Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(origin), at) * Vector512.Create(baseWeight)) + sum).StoreUnsafe(ref MemoryMarshal.GetReference(destination), at);
        }

        for (; i < destination.Length; i++)
        {
            (float votes, float above, float below, float weightAbove, float weightBelow) = (0, 0, 0, 0, 0);
            for (int k = 0; k < weights.Length; k++)
            {
                if (weights[k] == 0)
                {
                    continue;
                }

                float value = TStorage.Widen(vectors[k][start + i]);
                float product = value * weights[k];
                (above, weightAbove) = product > 0 ? (above + product, weightAbove + weights[k]) : (above, weightAbove);
                (below, weightBelow) = product < 0 ? (below + product, weightBelow + weights[k]) : (below, weightBelow);
                votes = mass ? votes + product
                    : value > 0 ? votes + Sign(weights[k])
                    : value < 0 ? votes - Sign(weights[k])
                    : votes;
            }

            bool isPositive = votes > 0 || (rule.TiePositive && votes == 0);
            float divisor = isPositive ? weightAbove : weightBelow;
            float sum = (isPositive ? above : below) * scale;
            destination[i] = (origin[i] * baseWeight) + (rule.Divides && MathF.Abs(divisor) >= LeastDivisor ? sum / divisor : sum);
        }
    }

    private static float Sign(float weight) => weight > 0 ? 1 : -1;
}
