using System.Text.Json;

namespace Search.Evaluation.Command;

/// <summary>What commands have said, by the hash of what they said it about.</summary>
/// <param name="folder">Where it is kept.</param>
internal sealed class CommandCache(string folder)
{
    private const int Most = 20_000;
    private const int PruneEvery = 1000;

    private int _added;

    /// <summary>Finds scores.</summary>
    /// <param name="hash">What was scored, how.</param>
    /// <returns>The scores, or null.</returns>
    public IReadOnlyDictionary<string, double>? Find(string hash)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllBytes(Entry(hash)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // not there, or damaged: it is asked for again
        }
    }

    /// <summary>Keeps scores, unless the disk does not let it: they are worth more than being asked for once.</summary>
    /// <param name="hash">What was scored, how.</param>
    /// <param name="scores">The scores.</param>
    public void Add(string hash, IReadOnlyDictionary<string, double> scores)
    {
        string own = Path.Combine(folder, $"{hash}.{Guid.NewGuid():N}"); // several runs may write it at once
        Try(() =>
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(own, JsonSerializer.SerializeToUtf8Bytes(scores));
            File.Move(own, Entry(hash), overwrite: true);
        });
        Try(() => File.Delete(own));
        if (Interlocked.Increment(ref _added) % PruneEvery == 0)
        {
            Prune();
        }
    }

    /// <summary>Forgets the oldest entries of a cache that has grown too large.</summary>
    public void Prune() => Try(() =>
    {
        foreach (FileInfo old in Directory.Exists(folder) ? new DirectoryInfo(folder).GetFiles().OrderByDescending(file => file.LastWriteTimeUtc).Skip(Most) : [])
        {
            old.Delete();
        }
    });

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A cache that is incomplete or too large harms nobody.
        }
    }

    private string Entry(string hash) => Path.Combine(folder, $"{hash}.json");
}
