namespace Search;

/// <summary>Finds what somebody probably meant to type.</summary>
public static class NearestName
{
    /// <summary>Finds the candidate with the smallest edit distance.</summary>
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

    // Levenshtein 1966, by rows.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
