using Search.Strategies;

namespace Search.Results;

/// <summary>How alike two lists order the same things.</summary>
public static class RankCorrelation
{
    /// <summary>Spearman's ρ: Pearson's correlation of the ranks, ties sharing their mean rank.</summary>
    /// <param name="x">n values, none of them NaN.</param>
    /// <param name="y">n values, none of them NaN.</param>
    /// <returns>−1 to 1, or NaN where one list does not vary.</returns>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x, y);
        double[] a = Ranks(x);
        double[] b = Ranks(y);
        double mean = (x.Length + 1) / 2.0;
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.Length; i++)
        {
            ab += (a[i] - mean) * (b[i] - mean);
            aa += (a[i] - mean) * (a[i] - mean);
            bb += (b[i] - mean) * (b[i] - mean);
        }

        return ab / Math.Sqrt(aa * bb);
    }

    /// <summary>Kendall's τ-b: concordant minus discordant pairs, over the geometric mean of the pairs that are no ties in x and in y (Kendall 1945).</summary>
    /// <param name="x">n values, none of them NaN.</param>
    /// <param name="y">n values, none of them NaN.</param>
    /// <returns>−1 to 1, or NaN where one list does not vary.</returns>
    public static double Kendall(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x, y);
        long score = 0;
        long untiedX = 0;
        long untiedY = 0;
        for (int i = 1; i < x.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int signX = x[i].CompareTo(x[j]);
                int signY = y[i].CompareTo(y[j]);
                score += signX * signY;
                untiedX += signX * signX;
                untiedY += signY * signY;
            }
        }

        return score / (Math.Sqrt(untiedX) * Math.Sqrt(untiedY));
    }

    /// <summary>A correlation and its 95 % percentile interval over resampled pairs (Efron 1979).</summary>
    /// <param name="statistic">The correlation.</param>
    /// <param name="x">n values.</param>
    /// <param name="y">n values.</param>
    /// <param name="resamples">How many times to draw n pairs with replacement; draws in which a list does not vary are left out.</param>
    /// <param name="seed">Decides the draws.</param>
    public static Correlation Bootstrap(
        Func<ReadOnlySpan<double>, ReadOnlySpan<double>, double> statistic, ReadOnlySpan<double> x, ReadOnlySpan<double> y, int resamples, long seed)
    {
        var values = new List<double>(resamples);
        double[] drawnX = new double[x.Length];
        double[] drawnY = new double[x.Length];
        for (int resample = 0; resample < resamples; resample++)
        {
            var rng = new Rng(seed, 0, resample);
            for (int i = 0; i < x.Length; i++)
            {
                int drawn = (int)(rng.NextUniform() * x.Length);
                (drawnX[i], drawnY[i]) = (x[drawn], y[drawn]);
            }

            double value = statistic(drawnX, drawnY);
            if (!double.IsNaN(value))
            {
                values.Add(value);
            }
        }

        values.Sort();
        return new Correlation(statistic(x, y), Percentile(values, 0.025), Percentile(values, 0.975));
    }

    private static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        double[] ranks = new double[sorted.Length];
        for (int first = 0; first < sorted.Length;)
        {
            int end = first + 1;
            while (end < sorted.Length && sorted[end] == sorted[first])
            {
                end++;
            }

            for (int i = first; i < end; i++)
            {
                ranks[order[i]] = (first + 1 + end) / 2.0;
            }

            first = end;
        }

        return ranks;
    }

    // Between the two nearest order statistics, in proportion.
    private static double Percentile(List<double> sorted, double fraction)
    {
        if (sorted.Count == 0)
        {
            return double.NaN;
        }

        double place = fraction * (sorted.Count - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }

    private static void RequireSameLength(ReadOnlySpan<double> x, ReadOnlySpan<double> y) =>
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Length, x.Length, nameof(y));
}
