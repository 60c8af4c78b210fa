using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Search.Checkpoints;

namespace Search.Merging;

/// <summary>
/// Keeps what operators' preparations make of task vectors in a folder, in files named by a hash of everything that it depends on, so that a
/// resume or another study reads it instead of sorting, masking or decomposing anew.
/// </summary>
/// <param name="folder">The folder, made if absent.</param>
public sealed class PreparationCache(string folder)
{
    // Counts up when a preparation gives other numbers than before.
    private const int Version = 1;

    /// <summary>Prepares an operator, or reads what an earlier preparation of the same made.</summary>
    /// <param name="merge">The operator.</param>
    /// <param name="vectors">The task vectors.</param>
    /// <returns>The prepared merge, the same bit for bit either way; and what a person should know of it, one sentence without its full stop.</returns>
    /// <exception cref="SearchException">The operator cannot merge the models, or a file of theirs cannot be read.</exception>
    public (PreparedMerge Merge, string Note) Prepare(MergeOperator merge, TaskVectors vectors)
    {
        IReadOnlyList<string>? names = merge.KeptVectors(vectors.Names);
        if (names is null)
        {
            return (merge.Prepare(vectors), $"'merge.cache' keeps nothing of {merge.Name}, whose preparation is not vectors alone");
        }

        string path = Path.Combine(folder, $"{Key(merge, vectors)}.safetensors");
        if (File.Exists(path) && Read(path, vectors, names) is { } kept)
        {
            return (merge.Restore(vectors, kept), $"prepared vectors are read from {path}");
        }

        PreparedMerge prepared = merge.Prepare(vectors);
        try
        {
            Directory.CreateDirectory(folder);
            Write(path, prepared.Vectors);
            return (prepared, $"prepared vectors are kept in {path}");
        }
        catch (Exception exception) when (exception is SearchException or IOException or UnauthorizedAccessException)
        {
            // Nothing depends on it.
            return (prepared, $"prepared vectors could not be kept: {exception.Message}");
        }
    }

    private static string Key(MergeOperator merge, TaskVectors vectors)
    {
        ModelFamily family = vectors.Family;
        var hashes = new Dictionary<string, string>();
        string Hash(string path) => hashes.TryGetValue(path, out string? known) ? known : hashes[path] = Results.RunInput.Hash(path);
        IEnumerable<string> Files(Checkpoint checkpoint) => checkpoint.Tensors.Select(tensor => tensor.File).Append(checkpoint.Path).Distinct().Order(StringComparer.Ordinal).Select(Hash);
        string key = JsonSerializer.Serialize(new
        {
            Version,
            merge.Name,
            Settings = merge.Entries().Where(entry => entry.Value is not null).Select(entry => $"{entry.Key}={Convert.ToString(entry.Value, CultureInfo.InvariantCulture)}"),
            Files = merge.Files.All.Select(file => $"{file.Key} {file.Expert} {string.Join(' ', Files(family.OpenStatistics(file.Path)))}"),
            Storage = vectors.Storage.ToString(),
            Models = family.Checkpoints.Select(Files),
            Experts = family.Experts.Select(expert => expert.Key),
            OwnBases = family.OwnBases.Keys.Order(StringComparer.Ordinal),
            Tensors = family.Shared.Select((tensor, t) => $"{tensor.Name} {family.IsKept[t]} {family.IsBuffer[t]}"),
        });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32];
    }

    // Null where the file is not what this program wrote: it is then written anew.
    private static TaskVectors? Read(string path, TaskVectors source, IReadOnlyList<string> names)
    {
        Checkpoint file;
        try
        {
            file = source.Family.OpenKept(path);
        }
        catch (SearchException)
        {
            return null;
        }

        IReadOnlyList<TensorInfo> tensors = source.Family.Shared;
        TensorInfo? Find(int tensor, string vector) => file.Find(Name(tensors[tensor].Name, vector));
        bool fits = Enumerable.Range(0, tensors.Count).All(t => names.All(name => Find(t, name) is { } kept && kept.Type == source.Storage && kept.Shape.SequenceEqual(tensors[t].Shape)));
        return !fits ? null : TaskVectors.Kept(source, names, t => [.. names.Select(name =>
        {
            float[] values = GC.AllocateUninitializedArray<float>(checked((int)tensors[t].ElementCount));
            file.ReadFloats(Find(t, name)!, 0, values);
            return values;
        })]);
    }

    private static void Write(string path, TaskVectors vectors)
    {
        IReadOnlyList<TensorInfo> tensors = vectors.Family.Shared;
        SafetensorsWriter.Write(path, [.. tensors.Index().SelectMany(tensor => vectors.Names.Select((name, k) => new TensorContent(Name(tensor.Item.Name, name), vectors.Storage, tensor.Item.Shape, (offset, bytes) =>
        {
            int size = TensorConversion.ByteSize(vectors.Storage);
            float[] values = new float[bytes.Length / size];
            float[] origin = new float[values.Length];
            ReadOnlySpan<float> slice = vectors.Tau(k, tensor.Index, offset / size, vectors.Base(tensor.Index, offset / size, origin), values);
            TensorConversion.FromFloat32(slice, vectors.Storage, bytes);
        })))]);
    }

    private static string Name(string tensor, string vector) => $"{tensor}#{vector}";
}
