namespace Search.Results.Fronts;

/// <summary>How lonely each vector of a front is (Deb et al. 2002, doi:10.1109/4235.996017, §III-B).</summary>
public static class Crowding
{
    /// <summary>The crowding distances: over the objectives, the sum of the distances between a vector's neighbours as parts of the front's range; infinite at its ends.</summary>
    /// <param name="points">The front.</param>
    public static double[] Distances(IReadOnlyList<double[]> points)
    {
        double[] distances = new double[points.Count];
        for (int m = 0; points.Count > 0 && m < points[0].Length; m++)
        {
            int[] order = [.. Enumerable.Range(0, points.Count).OrderBy(i => points[i][m])];
            double range = points[order[^1]][m] - points[order[0]][m];
            distances[order[0]] = double.PositiveInfinity;
            distances[order[^1]] = double.PositiveInfinity;
            for (int i = 1; i < order.Length - 1 && range > 0; i++)
            {
                distances[order[i]] += (points[order[i + 1]][m] - points[order[i - 1]][m]) / range;
            }
        }

        return distances;
    }
}
