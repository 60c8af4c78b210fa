namespace Search.Strategies.Fronts;

/// <summary>
/// The point of least length in the convex hull of gradients. Where it is not zero, a step against it makes every objective fall, each by at least its
/// squared length times the step, to first order; where it is zero, no step does (Désidéri 2012, doi:10.1016/j.crma.2012.03.014, theorem 2.2).
/// </summary>
public static class MinimumNorm
{
    private const int MostRounds = 10_000;

    /// <summary>What each gradient weighs in that point.</summary>
    /// <param name="gradients">One gradient an objective, all as long and finite; at least one.</param>
    /// <returns>One weight a gradient, not negative, with the sum 1; the same for equal gradients in the same order.</returns>
    public static double[] Weights(IReadOnlyList<IReadOnlyList<double>> gradients)
    {
        int count = gradients.Count;
        double[,] products = new double[count, count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                products[i, j] = products[j, i] = gradients[i].Zip(gradients[j], (a, b) => a * b).Sum();
            }
        }

        // Pairs of weights are changed one after another: what the longest projection loses, the shortest gains, as much as is best for both. In
        // two objectives the first exchange is the closed form (ibid., §4).
        double[] weights = new double[count];
        int first = Enumerable.Range(0, count).MinBy(i => products[i, i]);
        weights[first] = 1;
        double[] projections = [.. Enumerable.Range(0, count).Select(i => products[i, first])]; // of the point on each gradient
        for (int round = 0; round < MostRounds; round++)
        {
            int gains = Enumerable.Range(0, count).MinBy(i => projections[i]);
            int loses = Enumerable.Range(0, count).Where(i => weights[i] > 0).MaxBy(i => projections[i]);
            double gap = projections[loses] - projections[gains];
            if (gap <= 1e-14 * products[loses, loses])
            {
                break;
            }

            double curvature = products[gains, gains] + products[loses, loses] - (2 * products[gains, loses]);
            double moved = curvature > 0 ? Math.Min(weights[loses], gap / curvature) : weights[loses];
            weights[gains] += moved;
            weights[loses] = moved == weights[loses] ? 0 : weights[loses] - moved;
            for (int i = 0; i < count; i++)
            {
                projections[i] += moved * (products[i, gains] - products[i, loses]);
            }
        }

        return weights;
    }
}
