namespace Search.Results.Fronts;

/// <summary>Pareto dominance of vectors that are minimised: one dominates another that it equals or undercuts everywhere, and undercuts somewhere.</summary>
public static class Dominance
{
    /// <summary>Whether one vector dominates another.</summary>
    /// <param name="a">The one.</param>
    /// <param name="b">The other, as long.</param>
    public static bool Dominates(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        bool undercuts = false;
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] > b[i])
            {
                return false;
            }

            undercuts |= a[i] < b[i];
        }

        return undercuts;
    }

    /// <summary>The vectors that none dominates. Of equal ones the first is taken.</summary>
    /// <param name="points">The vectors, all as long and finite.</param>
    /// <returns>Their indices, ascending.</returns>
    public static int[] Front(IReadOnlyList<double[]> points)
    {
        // In lexical order nothing dominates what comes before it, so that each is compared with those kept alone.
        int[] order = [.. Enumerable.Range(0, points.Count).Order(Comparer<int>.Create((a, b) => points[a].AsSpan().SequenceCompareTo(points[b]) is not 0 and var differs ? differs : a - b))];
        var kept = new List<int>();
        foreach (int candidate in order)
        {
            ReadOnlySpan<double> point = points[candidate];
            int by = 0;
            while (by < kept.Count && !IsWithin(points[kept[by]], point))
            {
                by++;
            }

            if (by == kept.Count)
            {
                kept.Add(candidate);
            }
            else
            {
                (kept[by], kept[by / 2]) = (kept[by / 2], kept[by]); // what dominates many is soon among the first that are asked
            }
        }

        return [.. kept.Order()];
    }

    /// <summary>
    /// Sorts vectors into fronts: those that none dominates, those that only these dominate, and so on (Deb et al. 2002,
    /// doi:10.1109/4235.996017, §III-A). Equal ones share a front.
    /// </summary>
    /// <param name="points">The vectors, all as long and finite.</param>
    /// <returns>Each vector's front, from 0.</returns>
    public static int[] Ranks(IReadOnlyList<double[]> points)
    {
        int[] order = [.. Enumerable.Range(0, points.Count).Order(Comparer<int>.Create((a, b) => points[a].AsSpan().SequenceCompareTo(points[b]) is not 0 and var differs ? differs : a - b))];
        int[] ranks = new int[points.Count];
        var fronts = new List<List<int>>();
        foreach (int candidate in order)
        {
            // The first front none of whose members dominates it (Zhang et al. 2015, doi:10.1109/TEVC.2014.2308305).
            int rank = 0;
            while (rank < fronts.Count && fronts[rank].Any(other => Dominates(points[other], points[candidate])))
            {
                rank++;
            }

            if (rank == fronts.Count)
            {
                fronts.Add([]);
            }

            fronts[rank].Add(candidate);
            ranks[candidate] = rank;
        }

        return ranks;
    }

    // Whether a is nowhere above b.
    internal static bool IsWithin(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] > b[i])
            {
                return false;
            }
        }

        return true;
    }
}
