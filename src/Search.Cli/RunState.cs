using Search.Results;
using Search.Storage;

namespace Search.Cli;

/// <summary>Tells a run at work from one that was interrupted: a process holds the lock of the first.</summary>
internal static class RunState
{
    public static string Of(RunDirectory run, RunManifest manifest)
    {
        if (manifest.State != "running")
        {
            return manifest.State;
        }

        return RunLock.IsHeld(run.Path) ? "running" : "interrupted";
    }
}
