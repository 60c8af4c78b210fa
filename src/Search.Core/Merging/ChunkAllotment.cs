using System.Numerics.Tensors;

namespace Search.Merging;

/// <summary>
/// How many chunks, and so coefficients, each group of tensors gets: the more, the more a merge already found depends on it (Expert
/// Merging++, Zhang et al. 2025, arXiv:2509.25712).
/// </summary>
public static class ChunkAllotment
{
    private const int Slice = 4096;
    private const double Rounding = 1e-9; // equal shares stay whole numbers

    /// <summary>What each group contributes to a merge: I = Σₖ |αₖ|·mean|τₖ|·n over the sum of all groups', which is Σₖ |αₖ|·‖τₖ‖₁ over theirs.</summary>
    /// <param name="vectors">The task vectors τ.</param>
    /// <param name="space">The groups, none of them cut.</param>
    /// <param name="coefficients">The merge found, α.</param>
    /// <returns>One share a group; they sum to 1, or are all 0 where nothing is merged.</returns>
    public static double[] Importance(TaskVectors vectors, MergeSpace space, IReadOnlyList<double> coefficients)
    {
        IReadOnlyList<WeightSlot> tensors = vectors.Layout.Tensors;
        var norms = new double[tensors.Count, vectors.Count];
        TensorLoop.ForEach(tensors.Count, t =>
        {
            Span<float> baseScratch = stackalloc float[Slice];
            Span<float> tauScratch = stackalloc float[Slice];
            for (long start = 0; start < tensors[t].ElementCount; start += Slice)
            {
                int count = (int)Math.Min(Slice, tensors[t].ElementCount - start);
                ReadOnlySpan<float> baseSlice = vectors.Base(t, start, baseScratch[..count]);
                for (int k = 0; k < vectors.Count; k++)
                {
                    norms[t, k] += TensorPrimitives.SumOfMagnitudes(vectors.Tau(k, t, start, baseSlice, tauScratch[..count]));
                }
            }
        });

        double[] sums = space.Sum((tensor, expert) => norms[tensor, expert]);
        double[] importance = [.. sums.Zip(coefficients, (sum, coefficient) => Math.Abs(coefficient) * sum).Chunk(vectors.Count).Select(group => group.Sum())];
        double total = importance.Sum();
        return total > 0 ? [.. importance.Select(share => share / total)] : importance;
    }

    /// <summary>Shares coefficients out: m = ⌊B·I^κ / Σ I^κ⌋, at most one an element.</summary>
    /// <param name="importance">Each group's importance I, at least 0.</param>
    /// <param name="elements">How many elements each group has.</param>
    /// <param name="budget">Coefficients an expert for each group there is, so that B is this times the number of groups; positive.</param>
    /// <param name="steepness">κ: 0 shares out evenly, above 1 the important groups get the more.</param>
    /// <returns>One number a group; 0 for groups that are not worth a coefficient. All have 1 where none is important.</returns>
    public static int[] Counts(IReadOnlyList<double> importance, IReadOnlyList<long> elements, double budget, double steepness)
    {
        double[] powers = [.. importance.Select(share => Math.Pow(share, steepness))];
        double total = powers.Sum();
        return [.. powers.Select((power, group) => total > 0
            ? (int)Math.Min(elements[group], Math.Floor((budget * importance.Count * power / total) + Rounding))
            : 1)];
    }
}
