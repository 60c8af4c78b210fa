using System.Runtime.InteropServices;

namespace Search.Results.Fronts;

/// <summary>
/// The volume that a set of vectors dominates below a reference point, exactly. In two dimensions a sweep; in three a sweep over the staircase
/// of the first two (Fonseca et al. 2006, doi:10.1109/CEC.2006.1688440); in four a sweep over the front of the first three, of which each vector
/// adds what those before it leave of its box (Guerreiro and Fonseca 2018, doi:10.1109/TEVC.2017.2729550); above, the sum of what each vector adds
/// to those after it (WFG: While et al. 2012, doi:10.1109/TEVC.2010.2077298), down to four.
/// </summary>
public static class Hypervolume
{
    /// <summary>The work that a person waits for, in comparisons of two vectors: four to ten seconds of one core.</summary>
    public const long Affordable = 200_000_000;

    /// <summary>Measures a set, however long it takes.</summary>
    /// <param name="points">The vectors, minimised, finite; dominated ones and those not below the reference point add nothing.</param>
    /// <param name="reference">The reference point, as long.</param>
    /// <returns>The volume; 0 of no vectors.</returns>
    /// <exception cref="ArgumentException">A vector has another length than the reference point, or is not finite.</exception>
    public static double Of(IReadOnlyList<double[]> points, IReadOnlyList<double> reference)
    {
        long effort = long.MaxValue;
        return Of(points, reference, ref effort)!.Value;
    }

    /// <summary>Measures a set where that takes no more than some work; how much it takes depends on the vectors alone.</summary>
    /// <param name="points">The vectors, as for <see cref="Of(IReadOnlyList{double[]}, IReadOnlyList{double})"/>.</param>
    /// <param name="reference">The reference point.</param>
    /// <param name="effort">How many comparisons of two vectors it may take at most, such as <see cref="Affordable"/>; what is left of them, below 0 where they did not suffice.</param>
    /// <returns>The volume, or null where it takes more.</returns>
    /// <exception cref="ArgumentException">A vector has another length than the reference point, or is not finite.</exception>
    public static double? Of(IReadOnlyList<double[]> points, IReadOnlyList<double> reference, ref long effort)
    {
        if (points.FirstOrDefault(point => point.Length != reference.Count || !point.All(double.IsFinite)) is { } wrong)
        {
            throw new ArgumentException($"A hypervolume below {reference.Count} numbers needs vectors of as many finite ones, got [{string.Join(", ", wrong)}].", nameof(points));
        }

        double[] limit = [.. reference];
        double[][] below = [.. points.Where(point => point.Zip(limit).All(pair => pair.First < pair.Second))];
        double volume = Volume(below, limit, limit.Length, ref effort);
        return effort < 0 ? null : volume;
    }

    /// <summary>What each vector adds to the volume of the others, where that takes no more than some work.</summary>
    /// <param name="points">The vectors, as for <see cref="Of(IReadOnlyList{double[]}, IReadOnlyList{double})"/>.</param>
    /// <param name="reference">The reference point.</param>
    /// <param name="effort">How many comparisons of two vectors it may take at most; what is left of them, below 0 where they did not suffice.</param>
    /// <returns>One volume a vector, 0 for one that another equals or dominates; or null where it takes more.</returns>
    public static double[]? Contributions(IReadOnlyList<double[]> points, IReadOnlyList<double> reference, ref long effort)
    {
        double[] limit = [.. reference];
        int m = limit.Length;
        double[] added = new double[points.Count];
        for (int i = 0; i < added.Length; i++)
        {
            double[] point = points[i];
            if (Dominance.IsWithin(point, limit))
            {
                if (Of([.. points.Where((_, other) => other != i).Select(other => Limited(other, point, m))], reference, ref effort) is not { } shared)
                {
                    return null;
                }

                added[i] = Math.Max(0, Box(point, limit, m) - shared);
            }
        }

        return added;
    }

    // Vectors are compared and measured in their first m numbers. Where the effort does not suffice, the volume means nothing.
    private static double Volume(double[][] points, double[] limit, int m, ref long effort)
    {
        effort -= points.Length;
        return m switch
        {
            _ when points.Length == 0 || effort < 0 => 0,
            1 => limit[0] - points.Min(point => point[0]),
            2 => Area(points, limit),
            3 => Solid(points, limit),
            4 => Sweep(points, limit, ref effort),
            _ => Sum(Kept(points, m, ref effort), limit, m, ref effort),
        };
    }

    // WFG: the last number falls from one vector to the next, so that what limits a vector agrees with it there, and one dimension less is left to measure.
    private static double Sum(double[][] points, double[] limit, int m, ref long effort)
    {
        int last = m - 1;
        double[][] order = [.. points.OrderByDescending(point => point[last])];
        double sum = 0;
        for (int i = 0; i < order.Length && effort >= 0; i++)
        {
            double[] point = order[i];
            double[][] limited = new double[order.Length - i - 1][];
            for (int j = i + 1; j < order.Length; j++)
            {
                limited[j - i - 1] = Limited(order[j], point, last);
            }

            sum += (limit[last] - point[last]) * (Box(point, limit, last) - Volume(limited, limit, last, ref effort));
        }

        return sum;
    }

    // Sweeps the fourth number upwards; of those met so far, none that another dominates in the first three is kept.
    private static double Sweep(double[][] points, double[] limit, ref long effort)
    {
        var front = new List<(double X, double Y, double Z)>(); // by rising third number
        var stairs = new List<(double X, double Y)>();
        double volume = 0;
        double solid = 0;
        double level = 0;
        foreach (double[] point in points.OrderBy(point => point[3]))
        {
            volume += solid * (point[3] - level);
            level = point[3];
            effort -= front.Count;
            if (effort < 0)
            {
                return 0;
            }

            if (Left(front, stairs, point, limit) is { } left)
            {
                solid += left;
                Enter(front, (point[0], point[1], point[2]));
            }
        }

        return volume + (solid * (limit[3] - level));
    }

    // What a front leaves of the box that a vector dominates, or null where one of the front dominates or equals the vector.
    private static double? Left(List<(double X, double Y, double Z)> front, List<(double X, double Y)> stairs, double[] point, double[] limit)
    {
        (double x, double y, double level) = (point[0], point[1], point[2]);
        double whole = (limit[0] - x) * (limit[1] - y);
        double area = 0;
        double left = 0;
        stairs.Clear();
        foreach ((double X, double Y, double Z) other in CollectionsMarshal.AsSpan(front))
        {
            if (other.Z > level)
            {
                left += (whole - area) * (other.Z - level);
                level = other.Z;
            }

            if (other.X <= x && other.Y <= y)
            {
                return other.Z <= point[2] ? null : left; // it covers all that is above it
            }

            area += Add(stairs, Math.Max(other.X, x), Math.Max(other.Y, y), limit);
        }

        return left + ((whole - area) * (limit[2] - level));
    }

    private static void Enter(List<(double X, double Y, double Z)> front, (double X, double Y, double Z) point)
    {
        int at = front.FindLastIndex(other => other.Z < point.Z) + 1;
        front.RemoveAll(other => other.Z >= point.Z && other.X >= point.X && other.Y >= point.Y);
        front.Insert(at, point);
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

    private static double[][] Kept(double[][] points, int m, ref long effort)
    {
        Array.Sort(points, (a, b) => a.AsSpan(0, m).SequenceCompareTo(b.AsSpan(0, m)));
        var kept = new List<double[]>();
        foreach (double[] point in points)
        {
            bool isKept = true;
            int k = kept.Count - 1;
            for (; k >= 0 && isKept; k--) // the nearest in the order dominate most often
            {
                isKept = !Dominance.IsWithin(kept[k].AsSpan(0, m), point.AsSpan(0, m));
            }

            effort -= kept.Count - 1 - k;
            if (isKept)
            {
                kept.Add(point);
            }
        }

        return [.. kept];
    }
}
