using System.Text.Json;

namespace Search.Checkpoints;

/// <summary>A model split over several safetensors files by an index, as <c>model.safetensors.index.json</c>.</summary>
public sealed class ShardedSafetensors : Checkpoint
{
    private readonly Dictionary<string, SafetensorsFile> _shards;

    private ShardedSafetensors(string path, Dictionary<string, SafetensorsFile> shards, IEnumerable<TensorInfo> tensors, IReadOnlyDictionary<string, string> metadata)
        : base(path, tensors, metadata) => _shards = shards;

    /// <summary>Opens an index and its shards, and checks that they list the same tensors.</summary>
    /// <param name="path">The index file.</param>
    /// <exception cref="CheckpointFormatException">The index or a shard breaks a rule.</exception>
    public static ShardedSafetensors OpenIndex(string path)
    {
        Dictionary<string, string> map = ReadIndex(path);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var shards = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (string name in map.Values.Distinct(StringComparer.Ordinal))
            {
                if (name.Length == 0 || name != System.IO.Path.GetFileName(name) || name is "." or "..")
                {
                    throw new CheckpointFormatException(path, $"a shard must be a file in the index's own folder, got '{name}'.");
                }

                string file = System.IO.Path.Combine(folder, name);
                shards[file] = File.Exists(file) ? SafetensorsFile.OpenFile(file) : throw new CheckpointFormatException(path, $"shard '{name}' is missing.");
            }

            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach ((string key, string value) in shards.Values.SelectMany(shard => shard.Metadata))
            {
                metadata.TryAdd(key, value);
            }

            foreach ((string file, SafetensorsFile shard) in shards)
            {
                if (shard.Tensors.FirstOrDefault(tensor => map.GetValueOrDefault(tensor.Name) != System.IO.Path.GetFileName(file)) is { } stray)
                {
                    throw new CheckpointFormatException(file, $"the index {path} does not place this tensor in this shard.", stray.Name, stray.Offset);
                }
            }

            return new ShardedSafetensors(path, shards, map.Select(entry => shards[System.IO.Path.Combine(folder, entry.Value)].Find(entry.Key)
                ?? throw new CheckpointFormatException(path, $"the tensor is not in its shard '{entry.Value}'.", entry.Key)).ToArray(), metadata);
        }
        catch
        {
            foreach (SafetensorsFile shard in shards.Values)
            {
                shard.Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long byteOffset, Span<byte> destination) => _shards[tensor.File].ReadBytes(tensor, byteOffset, destination);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (SafetensorsFile shard in _shards.Values)
        {
            shard.Dispose();
        }
    }

    private static Dictionary<string, string> ReadIndex(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointFormatException(path, "an index needs 'weight_map', an object of tensor names to shard files.");
            }

            return map.EnumerateObject().ToDictionary(
                entry => entry.Name,
                entry => entry.Value.ValueKind == JsonValueKind.String
                    ? entry.Value.GetString()!
                    : throw new CheckpointFormatException(path, $"'weight_map' must name a shard file, got {entry.Value.GetRawText()}.", entry.Name));
        }
        catch (JsonException exception)
        {
            throw new CheckpointFormatException(path, $"the index is not valid JSON: {exception.Message}", innerException: exception);
        }
    }
}
