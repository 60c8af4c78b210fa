namespace Search.Storage;

/// <summary>The parts in a folder at one moment.</summary>
internal sealed class TrialPartSet
{
    /// <summary>The folder of parts within a run directory.</summary>
    public const string FolderName = "trials";

    private TrialPartSet(IReadOnlyList<TrialPart> current, IReadOnlyList<TrialPart> covered)
    {
        Current = current;
        Covered = covered;
    }

    /// <summary>The parts that together hold every append once, in append order.</summary>
    public IReadOnlyList<TrialPart> Current { get; }

    /// <summary>Parts whose appends are in a current part too: an interrupted compaction leaves them.</summary>
    public IReadOnlyList<TrialPart> Covered { get; }

    /// <summary>The number the next append gets.</summary>
    public long Next => Current.Count == 0 ? 0 : Current[^1].Last + 1;

    /// <summary>Lists a folder; an absent one has no parts.</summary>
    /// <param name="folder">The folder of parts.</param>
    /// <returns>The parts.</returns>
    /// <exception cref="StorageException">The folder cannot be listed.</exception>
    public static TrialPartSet Scan(string folder)
    {
        List<TrialPart> current = [];
        List<TrialPart> covered = [];

        // Widest first among those that start alike, so that a covering part is seen before what it covers.
        IEnumerable<TrialPart> parts = Names(folder).Select(TrialPart.Parse).OfType<TrialPart>();
        foreach (TrialPart part in parts.OrderBy(part => part.First).ThenByDescending(part => part.Last))
        {
            bool isCovered = current.Count > 0 && current[^1].Covers(part);
            (isCovered ? covered : current).Add(part);
        }

        return new TrialPartSet(current, covered);
    }

    /// <summary>Whether two listings have the same current parts.</summary>
    /// <param name="other">The other listing.</param>
    /// <returns>True where a reader of one reads the other.</returns>
    public bool IsSameAs(TrialPartSet other) => Current.SequenceEqual(other.Current);

    private static string[] Names(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        }
        catch (Exception exception) when (StorageException.IsRefusal(exception))
        {
            throw new StorageException(folder, $"the folder cannot be listed: {StorageException.FirstLine(exception)}", exception);
        }
    }
}
