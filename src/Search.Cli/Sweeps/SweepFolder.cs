using Search.Results;
using Search.Storage;

namespace Search.Cli.Sweeps;

/// <summary>Where a sweep's runs lie: <c>results/&lt;sweep&gt;/&lt;hash&gt;/</c>.</summary>
/// <param name="Path">The folder, absolute.</param>
internal sealed record SweepFolder(string Path)
{
    public const string Finished = "finished";
    public const string Failed = "failed";
    public const string Waiting = "waiting";
    public const string Damaged = "damaged";

    // Why a run's process last ended where it should not have.
    private const string FailureFile = "failed.txt";

    /// <summary>The sweep as run, every study written out.</summary>
    public string Sweep => System.IO.Path.Combine(Path, "sweep.yaml");

    /// <summary>Finds a sweep that has been started, by its folder or its name.</summary>
    /// <param name="results">The results folder.</param>
    /// <param name="name">What the user typed.</param>
    /// <returns>The folder, or null where there is none.</returns>
    public static SweepFolder? Find(string results, string name) => new[] { name, System.IO.Path.Combine(results, name) }
        .Where(folder => File.Exists(System.IO.Path.Combine(folder, SweepTable.FileName)))
        .Select(folder => new SweepFolder(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder)))).FirstOrDefault();

    /// <summary>The runs of the sweep as it was last started, in its order.</summary>
    public IReadOnlyList<SweepRow> Runs() => SweepTable.Read(Path);

    public RunDirectory Run(string runId) => new(System.IO.Path.Combine(Path, runId));

    /// <summary>What a run's process printed, of all times that it was started.</summary>
    public string Log(string runId) => System.IO.Path.Combine(Path, runId, "log.txt");

    /// <summary>A run's state: that of any run, <c>waiting</c> before it has begun, <c>damaged</c> where its manifest cannot be read, or <c>failed</c> where its process ended as it should not have.</summary>
    public string State(string runId)
    {
        string state = RecordedState(Run(runId));
        return state == "running" || Failure(runId) is null ? state : Failed;
    }

    /// <summary>Why a run failed, or null; also where it was resumed by hand since and is done.</summary>
    public string? Failure(string runId)
    {
        var note = new FileInfo(FailurePath(runId));
        return !note.Exists || (RecordedState(Run(runId)) == Finished && File.GetLastWriteTimeUtc(Run(runId).Manifest) > note.LastWriteTimeUtc) ? null : File.ReadAllText(note.FullName).Trim();
    }

    /// <summary>Notes why a run failed, or with null that it has not.</summary>
    /// <exception cref="SearchException">The disk does not let it.</exception>
    public void Note(string runId, string? failure)
    {
        if (failure is null)
        {
            File.Delete(FailurePath(runId));
        }
        else
        {
            AtomicFile.WriteAllText(FailurePath(runId), failure + "\n");
        }
    }

    private static string RecordedState(RunDirectory run)
    {
        try
        {
            return File.Exists(run.Manifest) ? RunState.Of(run, RunManifest.Read(run)) : RunLock.IsHeld(run.Path) ? "running" : Waiting;
        }
        catch (SearchException)
        {
            return Damaged;
        }
    }

    private string FailurePath(string runId) => System.IO.Path.Combine(Path, runId, FailureFile);
}
