namespace Search.Evaluation;

/// <summary>Finds what a person probably meant.</summary>
internal static class NearestName
{
    /// <summary>Finds the closest candidate by edit distance.</summary>
    /// <param name="name">The name that was not found.</param>
    /// <param name="candidates">The names there are.</param>
    /// <returns>The closest, the first of equals; null when none is closer than two thirds of the longer name.</returns>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        double bestDistance = 2.0 / 3;
        foreach (string candidate in candidates)
        {
            double distance = (double)Distance(name, candidate) / Math.Max(1, Math.Max(name.Length, candidate.Length));
            if (distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>The end of an error sentence: the nearest name, if there is one.</summary>
    /// <param name="name">The name that was not found.</param>
    /// <param name="candidates">The names there are.</param>
    public static string Hint(string name, IEnumerable<string> candidates) => Find(name, candidates) is string nearest ? $" (nearest: '{nearest}')" : string.Empty;

    // Levenshtein with one row.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
