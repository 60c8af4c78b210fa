using Search.Checkpoints;

namespace Search.Merging;

/// <summary>Writes a merged model as safetensors, slice by slice, so that it never has to fit in memory.</summary>
public static class ModelExport
{
    private const int Slice = 1 << 16;

    /// <summary>The merged model's file name.</summary>
    public const string ModelFile = "model.safetensors";

    /// <summary>The folder of the tensors that belong to one expert each.</summary>
    public const string PrivateFolder = "private";

    /// <summary>Writes <c>model.safetensors</c> and, where experts have tensors of their own, <c>private/&lt;expert&gt;.safetensors</c>.</summary>
    /// <param name="folder">The folder, made if absent.</param>
    /// <param name="family">The models merged.</param>
    /// <param name="weights">The merge.</param>
    /// <param name="type">The element type of the merged tensors.</param>
    /// <param name="metadata">Kept in the file's header.</param>
    /// <returns>The files written, relative to the folder.</returns>
    /// <exception cref="SearchException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(
        string folder, ModelFamily family, MergeWeights weights, TensorType type, IReadOnlyDictionary<string, string> metadata)
    {
        MakeFolder(folder);
        var files = new List<string> { ModelFile };
        IEnumerable<TensorContent> merged = family.Shared.Select((tensor, index) =>
            new TensorContent(tensor.Name, type, tensor.Shape, (offset, bytes) => Fill(weights, index, type, offset, bytes)));
        IEnumerable<TensorContent> copied = family.Copied.Select(tensor => TensorContent.Copy(family.Base, tensor));
        SafetensorsWriter.Write(Path.Combine(folder, ModelFile), [.. merged, .. copied], metadata);

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
