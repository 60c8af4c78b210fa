using Search.Results;

namespace Search.Cli.Sweeps;

/// <summary>The hashes of files that studies read, each found once; what a run of the sweep has hashed and nobody has touched since is not read again.</summary>
internal sealed class InputHashes
{
    private readonly Dictionary<string, (RunDirectory Run, RunInput Input)> _recorded = [];
    private readonly Dictionary<string, string> _hashes = [];

    public InputHashes(string folder)
    {
        foreach (string path in Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [])
        {
            var run = new RunDirectory(path);
            foreach (RunInput input in Recorded(run))
            {
                _recorded[Path.GetFullPath(input.Path, run.Path)] = (run, input);
            }
        }
    }

    // Of a run that is damaged nothing is known.
    private static IReadOnlyList<RunInput> Recorded(RunDirectory run)
    {
        try
        {
            return File.Exists(run.Manifest) ? RunManifest.Read(run).Inputs : [];
        }
        catch (SearchException)
        {
            return [];
        }
    }

    public string Of(string path)
    {
        string full = Path.GetFullPath(path);
        return _hashes.TryGetValue(full, out string? hash) ? hash
            : _hashes[full] = _recorded.TryGetValue(full, out (RunDirectory Run, RunInput Input) known) && known.Input.IsUntouched(known.Run) ? known.Input.Sha256 : RunInput.Hash(full);
    }
}
