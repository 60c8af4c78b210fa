namespace Search.Results.Fronts;

/// <summary>How the volume that a search dominates grew.</summary>
public static class HypervolumeHistory
{
    /// <summary>Measures the front after each vector, or after some.</summary>
    /// <param name="points">The vectors in the order of their coming, minimised; null for one that could not be scored.</param>
    /// <param name="reference">The reference point.</param>
    /// <param name="effort">What all the volumes may take together, as for <see cref="Hypervolume"/>; what is left of it.</param>
    /// <param name="places">The indices of the vectors after which to measure, ascending; null for all.</param>
    /// <returns>One volume a place, never falling; null where they take more.</returns>
    public static double[]? Of(IReadOnlyList<double[]?> points, IReadOnlyList<double> reference, ref long effort, IReadOnlyList<int>? places = null)
    {
        places ??= [.. Enumerable.Range(0, points.Count)];
        var archive = new ParetoArchive<int>();
        double volume = 0;
        double[] history = new double[places.Count];
        for (int place = 0, next = 0; place < history.Length; place++)
        {
            bool hasGrown = false;
            for (; next <= places[place]; next++)
            {
                hasGrown |= points[next] is { } point && archive.Add(point, next);
            }

            if (hasGrown)
            {
                if (Hypervolume.Of([.. archive.Entries.Select(entry => entry.Objectives)], reference, ref effort) is not { } grown)
                {
                    return null;
                }

                volume = Math.Max(volume, grown); // rounding must not let it fall
            }

            history[place] = volume;
        }

        return history;
    }
}
