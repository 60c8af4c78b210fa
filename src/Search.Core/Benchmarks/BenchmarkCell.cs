namespace Search.Benchmarks;

/// <summary>What the runs of one strategy on one function and size come to.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Strategy">The strategy and its settings, or a peer's name.</param>
/// <param name="Problem">The function; <c>all</c> for the mean over BBOB's.</param>
/// <param name="Dimension">How many coefficients.</param>
/// <param name="Metric">What was recorded.</param>
/// <param name="At">Of which target, or after how many evaluations.</param>
/// <param name="Median">The median of the recorded numbers; null without any.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="LowerQuartile">Their lower quartile.</param>
/// <param name="UpperQuartile">Their upper quartile.</param>
/// <param name="Recorded">How many there are: for a target, how many runs reached it.</param>
/// <param name="Runs">How many runs there were.</param>
public sealed record BenchmarkCell(
    string Suite, string Strategy, string Problem, int Dimension, string Metric, double? At,
    double? Median, double? Mean, double? LowerQuartile, double? UpperQuartile, int Recorded, int Runs)
{
    /// <summary>Summarises rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <returns>A cell for each group of rows that differ in the run only, in the order of the first.</returns>
    public static IReadOnlyList<BenchmarkCell> Of(IReadOnlyList<BenchmarkRow> rows) =>
    [
        .. rows.Concat(rows.Where(row => row.Metric == "targets_after_n").Select(row => row with { Problem = "all" }))
            .GroupBy(row => row with { Run = 0, Value = null })
            .Select(group => Summarise(group.Key, [.. group.Select(row => row.Value).OfType<double>().Order()], group.Count())),
    ];

    private static BenchmarkCell Summarise(BenchmarkRow key, double[] values, int runs) => new(
        key.Suite, key.Strategy, key.Problem, key.Dimension, key.Metric, key.At,
        Quantile(values, 0.5), values.Length == 0 ? null : values.Average(), Quantile(values, 0.25), Quantile(values, 0.75), values.Length, runs);

    // Linear between order statistics (Hyndman and Fan 1996, definition 7).
    private static double? Quantile(double[] sorted, double p)
    {
        if (sorted.Length == 0)
        {
            return null;
        }

        double place = p * (sorted.Length - 1);
        int below = (int)place;
        return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
