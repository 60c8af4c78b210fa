namespace Search.Results.Fronts;

/// <summary>How near a set of vectors comes to a front that is known; all are minimised.</summary>
public static class FrontIndicators
{
    /// <summary>IGD⁺: the mean over a front of how far the nearest vector is above it (Ishibuchi et al. 2015, doi:10.1007/978-3-319-15892-1_8, eq. 10 and 11).</summary>
    /// <param name="points">The set; at least one.</param>
    /// <param name="front">The front; at least one.</param>
    /// <returns>0 where every vector of the front is equalled or dominated.</returns>
    public static double InvertedDistance(IReadOnlyList<double[]> points, IReadOnlyList<double[]> front) => front.Average(target => points.Min(point =>
    {
        double sum = 0;
        for (int i = 0; i < target.Length; i++)
        {
            double above = Math.Max(0, point[i] - target[i]);
            sum += above * above;
        }

        return Math.Sqrt(sum);
    }));

    /// <summary>Additive ε: how much must be taken off every number of a set so that each vector of a front is equalled or dominated (Zitzler et al. 2003, doi:10.1109/TEVC.2003.810758, §III-B).</summary>
    /// <param name="points">The set; at least one.</param>
    /// <param name="front">The front; at least one.</param>
    public static double AdditiveEpsilon(IReadOnlyList<double[]> points, IReadOnlyList<double[]> front) =>
        front.Max(target => points.Min(point => point.Zip(target, (have, want) => have - want).Max()));

    /// <summary>Attainment: the share of runs whose front equals or dominates a vector (Grunert da Fonseca et al. 2001, doi:10.1007/3-540-44719-9_15, the empirical attainment function).</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="fronts">One front a run; at least one.</param>
    public static double Attainment(double[] vector, IReadOnlyList<IReadOnlyList<double[]>> fronts) => fronts.Average(front => front.Any(point => Dominance.IsWithin(point, vector)) ? 1.0 : 0.0);

    /// <summary>
    /// How unevenly a front is covered: the mean deviation of the distances between neighbours from their mean, over that mean (Deb et al.
    /// 2002, doi:10.1109/4235.996017, §V-B, without the distances to the ends of a known front). For two objectives.
    /// </summary>
    /// <param name="points">The vectors of a front, two numbers each.</param>
    /// <returns>0 for evenly spaced ones, and for fewer than three.</returns>
    public static double Spread(IReadOnlyList<double[]> points)
    {
        double[][] order = [.. points.OrderBy(point => point[0]).ThenBy(point => point[1])];
        if (order.Length < 3)
        {
            return 0;
        }

        double[] gaps = [.. order.Skip(1).Zip(order, (b, a) => Math.Sqrt(((a[0] - b[0]) * (a[0] - b[0])) + ((a[1] - b[1]) * (a[1] - b[1]))))];
        double mean = gaps.Average();
        return mean == 0 ? 0 : gaps.Average(gap => Math.Abs(gap - mean)) / mean;
    }
}
