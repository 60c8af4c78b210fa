namespace Search.Results.Fronts;

/// <summary>
/// The volume that a set of vectors dominates below a reference point, exactly. In two dimensions a sweep; in three a sweep over the staircase
/// of the first two (Fonseca et al. 2006, doi:10.1109/CEC.2006.1688440); above, the sum of what each vector adds to those after it (WFG: While et al.
/// 2012, doi:10.1109/TEVC.2010.2077298), down to three.
/// </summary>
public static class Hypervolume
{
    /// <summary>Measures a set.</summary>
    /// <param name="points">The vectors, minimised, finite; dominated ones and those not below the reference point add nothing.</param>
    /// <param name="reference">The reference point, as long.</param>
    /// <returns>The volume; 0 of no vectors.</returns>
    /// <exception cref="ArgumentException">A vector has another length than the reference point, or is not finite.</exception>
    public static double Of(IReadOnlyList<double[]> points, IReadOnlyList<double> reference)
    {
        if (points.FirstOrDefault(point => point.Length != reference.Count || !point.All(double.IsFinite)) is { } wrong)
        {
            throw new ArgumentException($"A hypervolume below {reference.Count} numbers needs vectors of as many finite ones, got [{string.Join(", ", wrong)}].", nameof(points));
        }

        double[] limit = [.. reference];
        double[][] below = [.. points.Where(point => point.Zip(limit).All(pair => pair.First < pair.Second))];
        return Volume(Kept(below, limit.Length), limit, limit.Length);
    }

    /// <summary>What each vector adds to the volume of the others.</summary>
    /// <param name="points">The vectors, as for <see cref="Of"/>.</param>
    /// <param name="reference">The reference point.</param>
    /// <returns>One volume a vector; 0 for one that another equals or dominates.</returns>
    public static double[] Contributions(IReadOnlyList<double[]> points, IReadOnlyList<double> reference)
    {
        double[] limit = [.. reference];
        int m = limit.Length;
        return [.. points.Select((point, index) => !Dominance.IsWithin(point, limit)
            ? 0
            : Math.Max(0, Box(point, limit, m) - Of([.. points.Where((_, other) => other != index).Select(other => Limited(other, point, m))], reference)))];
    }

    // Vectors are compared and measured in their first m numbers.
    private static double Volume(double[][] points, double[] limit, int m) => m switch
    {
        _ when points.Length == 0 => 0,
        1 => limit[0] - points.Min(point => point[0]),
        2 => Area(points, limit),
        3 => Solid(points, limit),
        _ => Sum(points, limit, m),
    };

    // WFG: the last number falls from one vector to the next, so that what limits a vector agrees with it there, and one dimension less is left to measure.
    private static double Sum(double[][] points, double[] limit, int m)
    {
        int last = m - 1;
        double[][] order = [.. points.OrderByDescending(point => point[last])];
        double sum = 0;
        for (int i = 0; i < order.Length; i++)
        {
            double[] point = order[i];
            double[][] limited = new double[order.Length - i - 1][];
            for (int j = i + 1; j < order.Length; j++)
            {
                limited[j - i - 1] = Limited(order[j], point, last);
            }

            sum += (limit[last] - point[last]) * (Box(point, limit, last) - Volume(Kept(limited, last), limit, last));
        }

        return sum;
    }

    private static double Box(double[] point, double[] limit, int m)
    {
        double volume = 1;
        for (int i = 0; i < m; i++)
        {
            volume *= limit[i] - point[i];
        }

        return volume;
    }

    private static double[] Limited(double[] point, double[] by, int m)
    {
        double[] limited = new double[m];
        for (int i = 0; i < m; i++)
        {
            limited[i] = Math.Max(point[i], by[i]);
        }

        return limited;
    }

    private static double Area(double[][] points, double[] limit)
    {
        double area = 0;
        double height = limit[1];
        foreach (double[] point in points.OrderBy(point => point[0]).ThenBy(point => point[1]))
        {
            if (point[1] < height)
            {
                area += (limit[0] - point[0]) * (height - point[1]);
                height = point[1];
            }
        }

        return area;
    }

    // Sweeps the third number upwards; the staircase of those met so far is kept by rising first and falling second number.
    private static double Solid(double[][] points, double[] limit)
    {
        var stairs = new List<(double X, double Y)>(points.Length);
        double volume = 0;
        double area = 0;
        double level = 0;
        foreach (double[] point in points.OrderBy(point => point[2]))
        {
            volume += area * (point[2] - level);
            level = point[2];
            area += Add(stairs, point[0], point[1], limit);
        }

        return volume + (area * (limit[2] - level));
    }

    // The area that a step adds.
    private static double Add(List<(double X, double Y)> stairs, double x, double y, double[] limit)
    {
        (int low, int high) = (0, stairs.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = stairs[middle].X < x ? (middle + 1, high) : (low, middle);
        }

        double ceiling = low > 0 ? stairs[low - 1].Y : limit[1];
        if (ceiling <= y || (low < stairs.Count && stairs[low].X == x && stairs[low].Y <= y))
        {
            return 0;
        }

        double added = 0;
        double left = x;
        int end = low;
        for (; end < stairs.Count && stairs[end].Y >= y; end++)
        {
            added += (stairs[end].X - left) * (ceiling - y);
            (left, ceiling) = stairs[end];
        }

        double right = end < stairs.Count ? stairs[end].X : limit[0];
        added += (right - left) * (ceiling - y);
        stairs.RemoveRange(low, end - low);
        stairs.Insert(low, (x, y));
        return added;
    }

    private static double[][] Kept(double[][] points, int m)
    {
        Array.Sort(points, (a, b) => a.AsSpan(0, m).SequenceCompareTo(b.AsSpan(0, m)));
        var kept = new List<double[]>();
        foreach (double[] point in points)
        {
            bool isKept = true;
            for (int k = kept.Count - 1; k >= 0 && isKept; k--) // the nearest in the order dominate most often
            {
                isKept = !Dominance.IsWithin(kept[k].AsSpan(0, m), point.AsSpan(0, m));
            }

            if (isKept)
            {
                kept.Add(point);
            }
        }

        return [.. kept];
    }
}
