namespace Search.Strategies.Fronts;

/// <summary>Directions spread evenly over the objectives: each a vector of weights that are not negative and sum to 1.</summary>
public static class ReferenceDirections
{
    /// <summary>All directions whose weights are multiples of 1/p (Das and Dennis 1998, doi:10.1137/S1052623496307510).</summary>
    /// <param name="objectives">How many objectives; at least 2.</param>
    /// <param name="partitions">p, at least 1.</param>
    /// <returns>The (objectives + p − 1 choose p) directions.</returns>
    public static IReadOnlyList<double[]> Lattice(int objectives, int partitions)
    {
        var directions = new List<double[]>();
        void Extend(int[] parts, int place, int left)
        {
            if (place == objectives - 1)
            {
                parts[place] = left;
                directions.Add([.. parts.Select(part => (double)part / partitions)]);
                return;
            }

            for (int part = 0; part <= left; part++)
            {
                parts[place] = part;
                Extend(parts, place + 1, left - part);
            }
        }

        Extend(new int[objectives], 0, partitions);
        return directions;
    }

    /// <summary>
    /// About as many directions as are wanted: the largest lattice that has no more; with so many objectives that it would have none within,
    /// two layers, the inner one drawn half-way to the centre (Deb and Jain 2014, doi:10.1109/TEVC.2013.2281535, §V).
    /// </summary>
    /// <param name="objectives">How many objectives; at least 2.</param>
    /// <param name="wanted">How many directions; at least as many as objectives for an even spread.</param>
    public static IReadOnlyList<double[]> About(int objectives, int wanted)
    {
        int partitions = Partitions(objectives, wanted);
        if (partitions >= objectives)
        {
            return Lattice(objectives, partitions);
        }

        IReadOnlyList<double[]> outer = Lattice(objectives, Partitions(objectives, Math.Max(objectives, wanted / 2)));
        IReadOnlyList<double[]> inner = Lattice(objectives, Partitions(objectives, Math.Max(objectives, wanted - outer.Count)));
        return [.. outer, .. inner.Select(direction => direction.Select(weight => (weight + (1.0 / objectives)) / 2).ToArray())];
    }

    /// <summary>Puts directions in an order of which every beginning is spread: the ends of the axes first, then always the one that is farthest from those before.</summary>
    /// <param name="directions">The directions; at least one.</param>
    public static IReadOnlyList<double[]> Spread(IReadOnlyList<double[]> directions)
    {
        var left = directions.ToList();
        var order = new List<double[]>();
        double[] gaps = [.. left.Select(_ => double.PositiveInfinity)];
        while (order.Count < directions.Count)
        {
            int next = Enumerable.Range(0, left.Count).MaxBy(i => (gaps[i], left[i].Max(), -i));
            order.Add(left[next]);
            gaps[next] = double.NegativeInfinity;
            for (int i = 0; i < left.Count; i++)
            {
                gaps[i] = Math.Min(gaps[i], left[i].Zip(order[^1], (a, b) => (a - b) * (a - b)).Sum());
            }
        }

        return order;
    }

    // The most whose lattice has no more directions than are wanted; at least 1.
    private static int Partitions(int objectives, int wanted)
    {
        int partitions = 1;
        for (double count = objectives; ; partitions++)
        {
            count *= (double)(objectives + partitions) / (partitions + 1);
            if (Math.Round(count) > wanted)
            {
                return partitions;
            }
        }
    }
}
