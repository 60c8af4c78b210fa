using System.Globalization;
using System.Text.Json;
using Search.Checkpoints;

namespace Search.Merging;

/// <summary>Writes a merged model as safetensors, slice by slice, so that it never has to fit in memory.</summary>
public static class ModelExport
{
    private const int Slice = 1 << 16;

    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    /// <summary>The merged model's file name.</summary>
    public const string ModelFile = "model.safetensors";

    /// <summary>The file that says in which shard each tensor is, where the model is split.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    /// <summary>The folder of the tensors that belong to one expert each.</summary>
    public const string PrivateFolder = "private";

    /// <summary>
    /// Writes <c>model.safetensors</c>, or shards <c>model-00001-of-00003.safetensors</c> … and their index, and, where experts have tensors of their
    /// own, <c>private/&lt;expert&gt;.safetensors</c>.
    /// </summary>
    /// <param name="folder">The folder, made if absent.</param>
    /// <param name="family">The models merged.</param>
    /// <param name="weights">The merge.</param>
    /// <param name="type">The element type of the merged tensors.</param>
    /// <param name="metadata">Kept in the files' headers.</param>
    /// <param name="shardBytes">The most bytes of tensors a file, but for a single tensor that is larger; at least 1.</param>
    /// <returns>The files written, relative to the folder; the first opens the merged model.</returns>
    /// <exception cref="SearchException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(
        string folder, ModelFamily family, MergeWeights weights, TensorType type, IReadOnlyDictionary<string, string> metadata, long shardBytes = long.MaxValue)
    {
        MakeFolder(folder);
        IEnumerable<TensorContent> merged = family.Shared.Select((tensor, index) =>
            new TensorContent(tensor.Name, type, tensor.Shape, (offset, bytes) => Fill(weights, index, type, offset, bytes)));
        IEnumerable<TensorContent> copied = family.Copied.Select(tensor => TensorContent.Copy(family.Base, tensor));
        List<string> files = WriteModel(folder, [.. merged, .. copied], metadata, shardBytes);

        foreach ((string name, Checkpoint expert) in family.Experts)
        {
            TensorContent[] own = [.. family.PrivateNames.Select(expert.Find).OfType<TensorInfo>().Select(tensor => TensorContent.Copy(expert, tensor))];
            if (own.Length > 0)
            {
                MakeFolder(Path.Combine(folder, PrivateFolder));
                files.Add($"{PrivateFolder}/{name}.safetensors");
                SafetensorsWriter.Write(Path.Combine(folder, files[^1]), own, metadata);
            }
        }

        return files;
    }

    private static List<string> WriteModel(string folder, TensorContent[] tensors, IReadOnlyDictionary<string, string> metadata, long shardBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardBytes, 1);
        var shards = new List<List<TensorContent>>();
        long room = 0;
        foreach (TensorContent tensor in tensors)
        {
            if (shards.Count == 0 || tensor.ByteLength > room)
            {
                shards.Add([]);
                room = shardBytes;
            }

            shards[^1].Add(tensor);
            room -= tensor.ByteLength;
        }

        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, ModelFile), tensors, metadata);
            return [ModelFile];
        }

        string Name(int shard) => string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:00000}-of-{shards.Count:00000}.safetensors");
        foreach ((int number, List<TensorContent> shard) in shards.Index())
        {
            SafetensorsWriter.Write(Path.Combine(folder, Name(number)), shard, metadata);
        }

        AtomicFile.WriteAllText(Path.Combine(folder, IndexFile), JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["metadata"] = new Dictionary<string, long> { ["total_size"] = tensors.Sum(tensor => tensor.ByteLength) },
                ["weight_map"] = new SortedDictionary<string, string>(shards.Index().SelectMany(shard => shard.Item.Select(tensor => (tensor.Name, File: Name(shard.Index)))).ToDictionary(pair => pair.Name, pair => pair.File), StringComparer.Ordinal),
            },
            _json) + "\n");
        return [IndexFile, .. Enumerable.Range(0, shards.Count).Select(Name)];
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SearchException($"{folder}: the folder cannot be made: {exception.Message}", exception);
        }
    }

    private static void Fill(MergeWeights weights, int tensor, TensorType type, long byteOffset, Span<byte> destination)
    {
        int size = TensorConversion.ByteSize(type);
        float[] slice = new float[Slice];
        for (int done = 0; done < destination.Length;)
        {
            int count = Math.Min(slice.Length, (destination.Length - done) / size);
            Merger.MergeSlice(weights, tensor, (byteOffset + done) / size, slice.AsMemory(0, count));
            TensorConversion.FromFloat32(slice.AsSpan(0, count), type, destination.Slice(done, count * size));
            done += count * size;
        }
    }
}
