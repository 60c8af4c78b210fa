using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage;

/// <summary>Reads the trials of a run directory without touching it, also while another process writes there.</summary>
public static class TrialReader
{
    // A compaction may replace the parts between listing and reading; twice in a row is already unlikely.
    private const int Attempts = 3;

    /// <summary>Reads every recorded trial once, in the order of id then role.</summary>
    /// <param name="runDirectory">The run directory; without trials yet it has none.</param>
    /// <returns>The trials.</returns>
    /// <exception cref="StorageException">A file in the trials folder is not a readable trial file.</exception>
    public static IReadOnlyList<Trial> Read(string runDirectory)
    {
        string folder = Path.Combine(Path.GetFullPath(runDirectory), TrialPartSet.FolderName);
        TrialPartSet parts = TrialPartSet.Scan(folder);
        if (parts.Current.Count == 0)
        {
            return [];
        }

        using DuckDbConnection connection = Open(folder);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return Sorted(ReadAll(connection, parts.Current));
            }
            catch (Exception exception) when (IsUnreadable(exception))
            {
                TrialPartSet now = TrialPartSet.Scan(folder);
                if (attempt == Attempts || now.IsSameAs(parts))
                {
                    throw Unreadable(connection, parts.Current, exception);
                }

                parts = now;
            }
        }
    }

    private static bool IsUnreadable(Exception exception) =>
        StorageException.IsRefusal(exception) || exception is FormatException or InvalidOperationException;

    private static DuckDbConnection Open(string folder)
    {
        try
        {
            return ParquetEngine.OpenLarge();
        }
        catch (Native.NativeException exception)
        {
            throw new StorageException(folder, $"cannot be read: {exception.Message}", exception);
        }
    }

    private static List<Trial> ReadAll(DuckDbConnection connection, IEnumerable<TrialPart> parts)
    {
        List<Trial> trials = [];
        foreach (TrialPart[] group in parts.Chunk(ParquetEngine.FilesAtOnce))
        {
            using DuckDbResult result = connection.Query($"SELECT {TrialColumns.Names} FROM {ParquetEngine.Read(group.Select(part => part.Path))}");
            while (result.ReadChunk() is { } chunk)
            {
                using (chunk)
                {
                    TrialRows.Read(chunk, trials);
                }
            }
        }

        return trials;
    }

    // The sort keeps the order of equal keys: of a trial recorded twice the first record stays.
    private static List<Trial> Sorted(List<Trial> trials)
    {
        List<Trial> sorted = new(trials.Count);
        foreach (Trial trial in trials.OrderBy(trial => trial.Id).ThenBy(trial => trial.Role))
        {
            if (sorted.Count == 0 || sorted[^1].Id != trial.Id || sorted[^1].Role != trial.Role)
            {
                sorted.Add(trial);
            }
        }

        return sorted;
    }

    // Reading them together does not always name the file at fault; reading them one by one does.
    private static StorageException Unreadable(DuckDbConnection connection, IReadOnlyList<TrialPart> parts, Exception exception)
    {
        foreach (TrialPart part in parts)
        {
            try
            {
                ReadAll(connection, [part]);
            }
            catch (Exception reason) when (IsUnreadable(reason))
            {
                return new StorageException(part.Path, $"is not a readable trial file: {StorageException.FirstLine(reason)}", reason);
            }
        }

        return new StorageException(Path.GetDirectoryName(parts[0].Path)!, $"cannot be read: {StorageException.FirstLine(exception)}", exception);
    }
}
