using System.Globalization;

namespace Search.Results;

/// <summary>Where a run keeps what it writes.</summary>
/// <param name="Path">The folder, absolute.</param>
public sealed record RunDirectory(string Path)
{
    /// <summary>The run's name: its folder's.</summary>
    public string RunId => System.IO.Path.GetFileName(Path);

    /// <summary>The study as run, every default written out.</summary>
    public string Study => System.IO.Path.Combine(Path, "study.yaml");

    /// <summary>Versions, machine, seed and input hashes.</summary>
    public string Manifest => System.IO.Path.Combine(Path, "manifest.json");

    /// <summary>The verified export of the winner.</summary>
    public string Best => System.IO.Path.Combine(Path, "best");

    /// <summary>The page with charts of the run.</summary>
    public string Report => System.IO.Path.Combine(Path, "report.html");

    /// <summary>Makes a new run's folder.</summary>
    /// <param name="root">The results folder.</param>
    /// <param name="study">The study's name.</param>
    /// <param name="runId">The run's name, or null for one made of the time.</param>
    /// <param name="clock">Tells the time.</param>
    /// <exception cref="SearchException">The folder is there already or cannot be made.</exception>
    public static RunDirectory Create(string root, string study, string? runId, TimeProvider clock)
    {
        if (runId is not null && !IsName(runId))
        {
            throw new SearchException($"--run-id becomes a folder's name and must not be empty, '.', '..' or hold '/', got '{runId}'.");
        }

        string parent = System.IO.Path.GetFullPath(System.IO.Path.Combine(root, study));
        string stamp = runId ?? clock.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        string path = System.IO.Path.Combine(parent, stamp);
        for (int i = 2; runId is null && Directory.Exists(path); i++)
        {
            path = System.IO.Path.Combine(parent, $"{stamp}-{i}");
        }

        // The manifest is written last: a folder without one was left before its run began, and may be used again.
        if (IsRun(path))
        {
            throw new SearchException($"{path}: a run of this name is there already; continue it with 'search resume {path}' or choose another --run-id.");
        }

        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SearchException($"{path}: the run's folder cannot be made: {exception.Message}", exception);
        }

        return new RunDirectory(path);
    }

    /// <summary>Finds a run by its folder, its name, or its study's name (then the latest).</summary>
    /// <param name="root">The results folder.</param>
    /// <param name="run">What the user typed.</param>
    /// <exception cref="SearchException">There is no such run, or more than one.</exception>
    public static RunDirectory Find(string root, string run)
    {
        if (IsRun(run))
        {
            return new RunDirectory(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(run)));
        }

        RunDirectory[] all = [.. All(root)];
        RunDirectory[] matches = [.. all.Where(candidate => candidate.RunId == run || $"{candidate.StudyName}/{candidate.RunId}" == run)];
        if (matches.Length == 0)
        {
            matches = [.. all.Where(candidate => candidate.StudyName == run).TakeLast(1)];
        }

        IEnumerable<string> names = all.SelectMany(candidate => new[] { candidate.RunId, candidate.StudyName }).Distinct();
        return matches.Length switch
        {
            1 => matches[0],
            0 => throw new SearchException($"there is no run '{run}' in {System.IO.Path.GetFullPath(root)}{NearestName.Hint(run, names)}."),
            _ => throw new SearchException($"'{run}' names {matches.Length} runs: {string.Join(", ", matches.Select(match => match.Path))}; give the folder."),
        };
    }

    /// <summary>Whether a text can be the name of a study, a run or an expert, all of which name files or folders.</summary>
    /// <param name="name">The text.</param>
    public static bool IsName(string name) => name.Length > 0 && name is not ("." or "..") && name.AsSpan().IndexOfAny(System.IO.Path.GetInvalidFileNameChars()) < 0;

    /// <summary>All runs, by study and then by when they began.</summary>
    /// <param name="root">The results folder.</param>
    public static IEnumerable<RunDirectory> All(string root) => !Directory.Exists(root)
        ? []
        : Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal)
            .SelectMany(study => Directory.EnumerateDirectories(study).Where(IsRun).OrderBy(Began).ThenBy(path => path, StringComparer.Ordinal))
            .Select(path => new RunDirectory(System.IO.Path.GetFullPath(path)));

    /// <summary>The study's name: the name of the folder that the run's lies in.</summary>
    public string StudyName => System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(Path)!);

    // The coefficient table is written once, when a run begins.
    private static DateTime Began(string path) => File.GetLastWriteTimeUtc(System.IO.Path.Combine(path, "coefficients.parquet"));

    private static bool IsRun(string path) => File.Exists(System.IO.Path.Combine(path, "manifest.json"));
}
