using Search.Results;

namespace Search.Cli.Reports;

/// <summary>Thins trials out for a file that a phone can open.</summary>
internal static class TrialSample
{
    /// <summary>How many numbers about trials, their coefficients aside, the runs of one report carry together.</summary>
    public const int MostNumbers = 500_000;

    /// <summary>How many coefficients the runs of one report carry together.</summary>
    public const int MostCoefficients = 250_000;

    /// <summary>Chooses trials: those that must be there, and of the others every so many, so that the whole search is seen.</summary>
    /// <param name="rows">The rows, in the order of their numbers.</param>
    /// <param name="kept">The numbers of those that must be there.</param>
    /// <param name="limit">How many to choose, unless more must be there.</param>
    public static IReadOnlyList<Trial> Choose(IReadOnlyList<Trial> rows, IReadOnlySet<long> kept, int limit)
    {
        if (rows.Count <= limit)
        {
            return rows;
        }

        Trial[] others = [.. rows.Where(trial => !kept.Contains(trial.Id))];
        int room = Math.Clamp(limit - (rows.Count - others.Length), 0, others.Length);
        HashSet<long> chosen = [.. kept, .. Enumerable.Range(0, room).Select(i => others[(int)((long)i * others.Length / room)].Id)];
        return [.. rows.Where(trial => chosen.Contains(trial.Id))];
    }
}
