using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Search.Merging.Kernels;

/// <summary>Adds up the weighted vectors that agree with the elected sign, without temporaries of a model's size.</summary>
internal static class ReduceKernel
{
    // A divisor below this stands for none, as in mergekit's generalized task arithmetic.
    private const float LeastDivisor = 1e-8f;

    /// <summary>Adds what a rule makes of a slice's products. A vector of weight zero takes no part.</summary>
    /// <param name="slice">The vectors.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="weights">One a vector.</param>
    /// <param name="scale">What the result is multiplied by.</param>
    /// <param name="destination">What the result is added to.</param>
    public static void Add(in VectorSlice slice, ReduceRule rule, ReadOnlySpan<float> weights, float scale, Span<float> destination)
    {
        Span<float> votes = stackalloc float[destination.Length];
        Span<float> sums = stackalloc float[destination.Length];
        Span<float> divisors = stackalloc float[destination.Length];
        votes.Clear();
        sums.Clear();
        divisors.Clear();
        for (int k = 0; k < slice.Count; k++)
        {
            if (weights[k] == 0)
            {
                continue;
            }

            if (rule.Vote == SignVote.Mass)
            {
                TensorPrimitives.FusedMultiplyAdd(slice[k], weights[k], votes, votes);
            }
            else
            {
                CountSigns(slice[k], weights[k], votes);
            }
        }

        for (int k = 0; k < slice.Count; k++)
        {
            if (weights[k] != 0)
            {
                AddAgreeing(slice[k], weights[k], votes, rule.TiePositive, sums, divisors);
            }
        }

        for (int i = 0; i < destination.Length; i++)
        {
            float divisor = rule.Divides && MathF.Abs(divisors[i]) >= LeastDivisor ? divisors[i] : 1;
            destination[i] += scale * sums[i] / divisor;
        }
    }

    private static void CountSigns(ReadOnlySpan<float> vector, float weight, Span<float> votes)
    {
        float sign = MathF.Sign(weight);
        for (int i = 0; i < vector.Length; i++)
        {
            votes[i] += vector[i] > 0 ? sign : vector[i] < 0 ? -sign : 0;
        }
    }

    private static void AddAgreeing(ReadOnlySpan<float> vector, float weight, ReadOnlySpan<float> votes, bool tiePositive, Span<float> sums, Span<float> divisors)
    {
        ReadOnlySpan<Vector<float>> values = MemoryMarshal.Cast<float, Vector<float>>(vector);
        ReadOnlySpan<Vector<float>> elected = MemoryMarshal.Cast<float, Vector<float>>(votes)[..values.Length];
        Span<Vector<float>> sum = MemoryMarshal.Cast<float, Vector<float>>(sums)[..values.Length];
        Span<Vector<float>> divisor = MemoryMarshal.Cast<float, Vector<float>>(divisors)[..values.Length];
        var w = new Vector<float>(weight);
        for (int i = 0; i < values.Length; i++)
        {
            Vector<float> product = values[i] * w;
            Vector<int> positive = tiePositive ? Vector.GreaterThanOrEqual(elected[i], default) : Vector.GreaterThan(elected[i], default);
            Vector<int> agrees = Vector.ConditionalSelect(positive, Vector.GreaterThan(product, default), Vector.LessThan(product, default));
            sum[i] += Vector.ConditionalSelect(agrees, product, default);
            divisor[i] += Vector.ConditionalSelect(agrees, w, default);
        }

        for (int done = values.Length * Vector<float>.Count; done < vector.Length; done++)
        {
            float product = vector[done] * weight;
            if ((votes[done] > 0 || (tiePositive && votes[done] == 0)) ? product > 0 : product < 0)
            {
                sums[done] += product;
                divisors[done] += weight;
            }
        }
    }
}
