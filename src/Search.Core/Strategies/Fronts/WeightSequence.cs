namespace Search.Strategies.Fronts;

/// <summary>
/// Weights that fill the simplex evenly however many are taken: the gaps between the sorted numbers of an additive recurrence whose steps are
/// powers of the root of x^(d+1) = x + 1 for d numbers (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences").
/// </summary>
internal static class WeightSequence
{
    /// <summary>The weights at a place.</summary>
    /// <param name="index">The place, from 0.</param>
    /// <param name="objectives">How many weights; at least 2.</param>
    /// <returns>Weights that are positive and sum to 1.</returns>
    public static double[] At(long index, int objectives)
    {
        int d = objectives - 1;
        double root = 2;
        for (int i = 0; i < 64; i++)
        {
            root = Math.Pow(1 + root, 1.0 / (d + 1)); // converges to the root of x^(d+1) = x + 1
        }

        double[] cuts = [.. Enumerable.Range(1, d).Select(k => (0.5 + ((index * Math.Pow(1 / root, k)) % 1)) % 1).Order()];
        double[] gaps = [.. cuts.Append(1).Zip(cuts.Prepend(0), (to, from) => Math.Max(to - from, 1e-3))];
        double sum = gaps.Sum();
        return [.. gaps.Select(gap => gap / sum)];
    }
}
