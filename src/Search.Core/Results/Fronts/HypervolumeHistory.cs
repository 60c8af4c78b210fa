namespace Search.Results.Fronts;

/// <summary>How the volume that a search dominates grew.</summary>
public static class HypervolumeHistory
{
    /// <summary>Measures the front after each vector.</summary>
    /// <param name="points">The vectors in the order of their coming, minimised; null for one that could not be scored.</param>
    /// <param name="reference">The reference point.</param>
    /// <returns>One volume a vector, never falling.</returns>
    public static double[] Of(IReadOnlyList<double[]?> points, IReadOnlyList<double> reference)
    {
        var archive = new ParetoArchive<int>();
        double volume = 0;
        double[] history = new double[points.Count];
        for (int i = 0; i < history.Length; i++)
        {
            if (points[i] is { } point && archive.Add(point, i))
            {
                // Rounding must not let it fall.
                volume = Math.Max(volume, Hypervolume.Of([.. archive.Entries.Select(entry => entry.Objectives)], reference));
            }

            history[i] = volume;
        }

        return history;
    }
}
