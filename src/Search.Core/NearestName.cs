namespace Search;

/// <summary>Finds what somebody probably meant to type.</summary>
public static class NearestName
{
    /// <summary>Finds the candidate with the smallest edit distance, a swap of neighbours counting once.</summary>
    /// <param name="name">What was typed.</param>
    /// <param name="candidates">What could have been meant.</param>
    /// <returns>The nearest candidate, or null when none is within a third of the longer name.</returns>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? nearest = null;
        int best = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Distance(name, candidate);
            if (distance < best && distance <= Math.Max(1, Math.Max(name.Length, candidate.Length) / 3))
            {
                (nearest, best) = (candidate, distance);
            }
        }

        return nearest;
    }

    /// <summary>What an error message puts before its full stop: a suggestion, or nothing.</summary>
    /// <param name="name">What was typed.</param>
    /// <param name="candidates">What could have been meant.</param>
    /// <returns> <c> (did you mean 'x'?)</c>, or an empty string.</returns>
    public static string Hint(string name, IEnumerable<string> candidates) =>
        Find(name, candidates) is { } nearest ? $" (did you mean '{nearest}'?)" : "";

    // Optimal string alignment (Damerau 1964): insertions, deletions, substitutions and swaps of neighbours; letter case is free.
    private static int Distance(string a, string b)
    {
        a = a.ToLowerInvariant();
        b = b.ToLowerInvariant();
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
