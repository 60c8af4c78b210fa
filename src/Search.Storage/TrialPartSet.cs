namespace Search.Storage;

/// <summary>The parts in a folder at one moment.</summary>
internal sealed class TrialPartSet
{
    /// <summary>The folder of parts within a run directory.</summary>
    public const string FolderName = "trials";

    private TrialPartSet(IReadOnlyList<TrialPart> current, IReadOnlyList<TrialPart> covered, long next)
    {
        Current = current;
        Covered = covered;
        Next = next;
    }

    /// <summary>The parts that together hold every append once, in append order.</summary>
    public IReadOnlyList<TrialPart> Current { get; }

    /// <summary>Parts whose appends are in a current part too: an interrupted compaction leaves them.</summary>
    public IReadOnlyList<TrialPart> Covered { get; }

    /// <summary>The number the next append gets, higher than that of any file there, readable or not.</summary>
    public long Next { get; }

    /// <summary>Lists a folder; an absent one has no parts.</summary>
    /// <param name="folder">The folder of parts.</param>
    /// <param name="check">Gives a part with its version, or null for one to leave out; asked of parts that no good one covers.</param>
    /// <returns>The parts.</returns>
    /// <exception cref="StorageException">The folder cannot be listed.</exception>
    public static TrialPartSet Scan(string folder, Func<TrialPart, TrialPart?> check)
    {
        List<TrialPart> current = [];
        List<TrialPart> covered = [];

        // Widest first among those that start alike, so that a covering part is seen before what it covers.
        TrialPart[] parts = [.. Names(folder).Select(TrialPart.Parse).OfType<TrialPart>()];
        foreach (TrialPart part in parts.OrderBy(part => part.First).ThenByDescending(part => part.Last))
        {
            if (current.Count > 0 && current[^1].Covers(part))
            {
                covered.Add(part);
            }
            else if (check(part) is { } good)
            {
                current.Add(good);
            }
        }

        return new TrialPartSet(current, covered, parts.Length == 0 ? 0 : parts.Max(part => part.Last) + 1);
    }

    /// <summary>The query that reads parts, rows of earlier versions as rows of this one.</summary>
    /// <param name="parts">At least one part, in append order.</param>
    /// <returns>The query; its columns are <see cref="TrialColumns.Names"/>.</returns>
    public static string Rows(IReadOnlyList<TrialPart> parts)
    {
        List<string> queries = [];
        for (int first = 0; first < parts.Count;)
        {
            TrialPart[] alike = [.. parts.Skip(first).TakeWhile(part => part.Version == parts[first].Version)];
            queries.Add($"SELECT {TrialColumns.Migrated(alike[0].Version)} FROM {ParquetEngine.Read(alike.Select(part => part.Path))}");
            first += alike.Length;
        }

        return string.Join(" UNION ALL ", queries);
    }

    /// <summary>Whether two listings have the same current parts.</summary>
    /// <param name="other">The other listing.</param>
    /// <returns>True where a reader of one reads the other.</returns>
    public bool IsSameAs(TrialPartSet other) => Current.SequenceEqual(other.Current);

    // A listing is no snapshot: while files come and go it may lack some that are there all along. Twice the same is one.
    private static string[] Names(string folder)
    {
        try
        {
            string[] before = List(folder);
            for (string[] now; !(now = List(folder)).SequenceEqual(before); before = now)
            {
            }

            return before;
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            throw new StorageException(folder, $"the folder cannot be listed: {StorageException.FirstLine(exception)}", exception);
        }
    }

    private static string[] List(string folder) => Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)] : [];
}
