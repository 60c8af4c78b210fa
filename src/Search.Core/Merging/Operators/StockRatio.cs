namespace Search.Merging.Operators;

/// <summary>Model Stock's interpolation ratio between base and average: t = N·c / (1 + (N − 1)·c) with c the mean cosine of two task vectors (Jang et al. 2024, arXiv:2403.19522, eq. 7).</summary>
internal static class StockRatio
{
    private const double Pole = 1e-9;

    /// <summary>The ratio t.</summary>
    /// <param name="gram">The inner products; experts that are the base, which have no direction, are left out.</param>
    /// <param name="negative">What it is where the mean cosine is not positive.</param>
    /// <exception cref="MergeException">It extrapolates, and the mean cosine is at the pole −1/(N − 1).</exception>
    public static double Of(Gram gram, NegativeCosine negative)
    {
        (int count, double cosine) = Mean(gram);
        double divisor = 1 + ((count - 1) * cosine);
        return count < 2 ? count
            : cosine <= 0 && negative == NegativeCosine.Clamp ? 0
            : cosine <= 0 && negative == NegativeCosine.Fallback ? 1
            : Math.Abs(divisor) > Pole ? count * cosine / divisor
            : throw new MergeException($"model_stock: the mean cosine {cosine} of {count} experts is at the pole of t; negative: clamp or fallback gives a t there.");
    }

    /// <summary>What is to be said where the formula alone would lead behind the base, or null.</summary>
    /// <param name="grams">The inner products of each group of tensors that has a ratio.</param>
    /// <param name="negative">What the ratio is there.</param>
    public static string? Note(IReadOnlyList<Gram> grams, NegativeCosine negative)
    {
        int count = grams.Count(gram => Mean(gram).Cosine < 0);
        return count == 0 ? null : $"model_stock: the mean cosine of the task vectors is negative in {count} of {grams.Count} groups of tensors, where " + negative switch
        {
            NegativeCosine.Clamp => "t is 0, the base",
            NegativeCosine.Fallback => "t is 1, the average",
            _ => "t is extrapolated",
        };
    }

    private static (int Count, double Cosine) Mean(Gram gram)
    {
        int[] some = [.. Enumerable.Range(0, gram.Count).Where(k => gram.Tau(k, k) > 0)];
        return (some.Length, some.SelectMany(i => some.Where(j => j > i).Select(j => gram.Cosine(i, j)!.Value)).DefaultIfEmpty(0).Average());
    }
}
