using System.Text.Json;
using Search.Merging;
using Search.Results;

namespace Search.Cli.Export;

/// <summary>The folder that an export goes to: an earlier export there makes way whole, and nothing else is touched.</summary>
internal static class ExportFolder
{
    /// <summary>The file that vouches for the others.</summary>
    public const string Manifest = "manifest.json";

    /// <summary>The folder of graphs.</summary>
    public const string Graphs = "onnx";

    /// <summary>Removes an earlier export, so that none of its files may pass for one of the next.</summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <param name="isOwned">Whether nothing but exports is ever in it: then what an interrupted one left may be overwritten.</param>
    /// <exception cref="SearchException">Something else has a name that the export needs.</exception>
    public static void Clear(string folder, bool isOwned)
    {
        string manifest = Path.Combine(folder, Manifest);
        if (Files(manifest) is { } files)
        {
            File.Delete(manifest);
            foreach ((string name, string hash) in files)
            {
                // A file that has changed since is somebody's work.
                string file = Path.GetFullPath(name, Path.GetFullPath(folder));
                if (file.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal) && File.Exists(file) && RunInput.Hash(file) == hash)
                {
                    File.Delete(file);
                }
            }
        }

        string[] names = [Manifest, ModelExport.ModelFile, ModelExport.IndexFile, ModelExport.PrivateFolder, Graphs, ModelCard.FileName, MergekitConfig.FileName];
        bool IsTaken(string name) => File.Exists(Path.Combine(folder, name)) || (Directory.Exists(Path.Combine(folder, name)) && Directory.EnumerateFileSystemEntries(Path.Combine(folder, name)).Any());
        if (!isOwned && names.FirstOrDefault(IsTaken) is { } taken)
        {
            throw new SearchException($"{Path.Combine(folder, taken)}: is not of an export that is whole, and exporting here would replace it; name another folder, or remove it.");
        }
    }

    // Name to hash of what the manifest of an export vouches for, or null where it is no export's.
    private static Dictionary<string, string>? Files(string manifest)
    {
        if (!File.Exists(manifest))
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(manifest));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("verified_objectives", out _) && root.TryGetProperty("files", out JsonElement files)
                ? files.EnumerateObject().ToDictionary(file => file.Name, file => file.Value.GetString()!)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
