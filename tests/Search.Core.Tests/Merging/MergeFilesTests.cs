using System.Buffers.Binary;
using System.Text;
using Search.Checkpoints;
using Search.Merging;
using Search.Merging.Operators;

namespace Search.Tests.Merging;

// Merging does not depend on how models lie in files: split otherwise, far into a large one; and what was cut short is said to be.
public sealed class MergeFilesTests : IDisposable
{
    private static readonly (string Name, int Elements)[] Tensors = [("blocks.0.u", 3000), ("blocks.0.v", 77), ("blocks.1.u", 1), ("bn.running_mean", 5), ("embed", 2049)];

    private readonly TemporaryFolder _folder = new();

    [TestCase("task_arithmetic", "")]
    [TestCase("ties", "density=0.3")]
    [TestCase("ties", "variant=mergekit density=0.3")]
    [TestCase("karcher", "")]
    public void Merge_ShardsOfEachModelTheirOwn_GivesTheBitsOfWholeFiles(string name, string settings)
    {
        float[][] Merged(bool resident, params int[][] shards)
        {
            string[] models = [.. shards.Select(Model)];
            using ModelFamily family = ModelFamily.Open(models[0], [.. models.Skip(1).Select((path, k) => KeyValuePair.Create($"e{k}", path))], []);
            MergeOperator merge = MergeFolder.Operator(name, settings.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            PreparedMerge prepared = merge.Prepare(resident ? TaskVectors.Resident(family) : TaskVectors.Mapped(family));
            var space = new MergeSpace(prepared, Granularity.Tensor, new TensorBlocks([]), BufferPolicy.Average);
            var merged = new WeightSet(family.Layout);
            new Merger(family.Layout).Merge([space.Decode([.. Enumerable.Range(0, space.Dimension).Select(i => 0.25 + (0.125 * (i % 5)))])], [merged]);
            return [.. family.Shared.Select((_, t) => merged[t].ToArray())];
        }

        // By tensor, the shard that it is in; all in one is a file without an index.
        int[] whole = [0, 0, 0, 0, 0];
        float[][] expected = Merged(true, whole, whole, whole);
        Assert.That(Merged(true, whole, [0, 1, 0, 1, 0], [2, 1, 0, 0, 1]), Is.EqualTo(expected));
        Assert.That(Merged(false, [1, 0, 0, 0, 0], [4, 3, 2, 1, 0], whole), Is.EqualTo(expected), "where files are read for each merge, and the base is split too");
    }

    [TestCase(1L << 40, 1)]
    [TestCase(9000, 2)] // the first tensor alone is larger
    [TestCase(1, 5)] // a tensor a file, though none fits
    public void Export_InShards_ReadsBackToTheSameTensors(long bytes, int shards)
    {
        string[] models = [Model([0, 0, 0, 0, 0]), Model([0, 0, 0, 0, 0])];
        using ModelFamily family = ModelFamily.Open(models[0], [KeyValuePair.Create("a", models[1])], []);
        MergeWeights merge = new MergeSpace(new TaskArithmetic().Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average).Decode([0.5]);
        string folder = _folder.File($"export-{bytes}");
        IReadOnlyList<string> files = ModelExport.Write(folder, family, merge, TensorType.F32, new Dictionary<string, string>(), bytes);

        Assert.That(files, Has.Count.EqualTo(shards == 1 ? 1 : shards + 1));
        Assert.That(files.Skip(1), Is.EqualTo(shards == 1 ? [] : Enumerable.Range(1, shards).Select(i => $"model-{i:00000}-of-{shards:00000}.safetensors")));
        using Checkpoint read = Checkpoint.Open(Path.Combine(folder, files[0]));
        var whole = new WeightSet(family.Layout);
        new Merger(family.Layout).Merge([merge], [whole]);
        foreach ((int t, TensorInfo tensor) in family.Shared.Index())
        {
            float[] values = new float[tensor.ElementCount];
            read.ReadFloats(read.Find(tensor.Name)!, 0, values);
            Assert.That(values, Is.EqualTo(whole[t].ToArray()));
        }

    }

    // A slice across the element whose offset in bytes is 2³¹, and one near 2³² bytes in the largest tensor that there may be.
    [Test]
    public void MergeSlice_BeyondTwoToThe31Bytes_MergesTheRightElements([Values(1L << 30, 2147483491L)] long middle)
    {
        string Large(string name, params float[] values) => Sparse(name, middle + 100, middle - 2, values);
        using ModelFamily family = ModelFamily.Open(Large("base", 1, 2, 3, 4), [new("a", Large("a", 2, 2, 7, 0)), new("b", Large("b", 1, 4, 3, 8))], []);
        MergeWeights merge = new MergeSpace(new TaskArithmetic().Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average).Decode([0.5, 2]);
        float[] slice = new float[6];
        Merger.MergeSlice(merge, 0, middle - 3, slice);
        Assert.That(slice, Is.EqualTo(new[] { 0, 1.5f, 6, 5, 10, 0 }));
        float[] end = [9, 9, 9];
        Merger.MergeSlice(merge, 0, middle + 97, end);
        Assert.That(end, Is.All.EqualTo(0));
    }

    // A small tensor behind a large one that does not merge.
    [Test]
    public void Merge_TensorBehindAnother_IsReadWhereItIs()
    {
        string Large(string name, float value) => Sparse(name, 1L << 30, 0, [], value);
        using ModelFamily family = ModelFamily.Open(Large("base", 1), [new("a", Large("a", 3))], ["^w$"]);
        var merged = new WeightSet(family.Layout);
        var space = new MergeSpace(new TaskArithmetic().Prepare(TaskVectors.Resident(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        new Merger(family.Layout).Merge([space.Decode([0.25])], [merged]);
        Assert.That(family.Shared.Select(tensor => tensor.Name), Is.EqualTo(new[] { "z" }));
        Assert.That(merged[0].ToArray(), Is.EqualTo(new[] { 1.5f }));
    }

    [Test]
    public void Read_FileCutShortWhileOpen_SaysSoAndWhere()
    {
        string path = _folder.Safetensors("cut.safetensors", TensorContent.FromFloats("a", TensorType.F32, [4], new float[] { 1, 2, 3, 4 }), TensorContent.FromFloats("b", TensorType.F32, [4], new float[] { 5, 6, 7, 8 }));
        using Checkpoint file = Checkpoint.Open(path);
        TensorInfo second = file.Find("b")!;
        Cut(path, second.Offset + 6);
        Assert.That(file.ReadFloats(file.Find("a")!), Is.EqualTo(new float[] { 1, 2, 3, 4 }), "what is left can be read");
        float[] first = new float[1];
        file.ReadFloats(second, 0, first);
        Assert.That(first[0], Is.EqualTo(5));
        CheckpointFormatException exception = Assert.Throws<CheckpointFormatException>(() => file.ReadFloats(second))!;
        Assert.That(exception.Message, Does.StartWith(path).And.Contain("'b'").And.Contain("cut short while it was open"));
        Assert.That((exception.Tensor, exception.Offset), Is.EqualTo(("b", second.Offset + 6)));
    }

    [Test]
    public void MergeSlice_ExpertCutShortWhileOpen_IsRefusedByItsFile()
    {
        string expert = Model([0, 0, 0, 0, 0]);
        using ModelFamily family = ModelFamily.Open(Model([0, 1, 0, 1, 0]), [new("a", expert)], []);
        MergeWeights merge = new MergeSpace(new TaskArithmetic().Prepare(TaskVectors.Mapped(family)), Granularity.Model, new TensorBlocks([]), BufferPolicy.Average).Decode([1]);
        int last = family.Shared.Count - 1;
        Cut(expert, family.Expert("a").Find(family.Shared[last].Name)!.Offset + 4);
        Merger.MergeSlice(merge, last, 0, new float[1]);
        Assert.That(() => Merger.MergeSlice(merge, last, 0, new float[2]), Throws.TypeOf<CheckpointFormatException>().With.Message.StartsWith(expert).And.Message.Contains("cut short"));
        Assert.That(() => TaskVectors.Resident(family), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("cut short"));
        Assert.That(() => new Merger(family.Layout).Merge([merge], [new WeightSet(family.Layout)]), Throws.TypeOf<CheckpointFormatException>().With.Message.Contains("cut short"));
    }

    public void Dispose() => _folder.Dispose();

    private static void Cut(string path, long length)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        stream.SetLength(length);
    }

    // The first, fourth, … model that a test writes are the same numbers, the second, fifth, … too; over as many files as there are shards.
    private string Model(int[] shards)
    {
        int seed = _folder.Names.Count();
        string folder = Directory.CreateDirectory(_folder.File($"{seed}")).FullName;
        var random = new Random(seed % 3);
        TensorContent[] contents = [.. Tensors.Select(tensor => TensorContent.FromFloats(
            tensor.Name, TensorType.F32, [tensor.Elements], Enumerable.Range(0, tensor.Elements).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray()))];
        if (shards.All(shard => shard == 0))
        {
            SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), contents);
            return Path.Combine(folder, "model.safetensors");
        }

        foreach (IGrouping<int, int> shard in Enumerable.Range(0, contents.Length).GroupBy(t => shards[t]))
        {
            SafetensorsWriter.Write(Path.Combine(folder, $"part-{shard.Key}.safetensors"), [.. shard.Select(t => contents[t])]);
        }

        string map = string.Join(',', contents.Select((content, t) => $"\"{content.Name}\":\"part-{shards[t]}.safetensors\""));
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), $$$"""{"weight_map":{ {{{map}}} }}""");
        return Path.Combine(folder, "model.safetensors.index.json");
    }

    // A half-precision tensor of zeros but for some values, which only take room where they are, and behind it one number.
    private string Sparse(string name, long elements, long start, float[] values, float last = 0)
    {
        if (new DriveInfo(_folder.Path).DriveFormat is "vfat" or "exfat" or "msdos" or "hfsplus")
        {
            Assert.Ignore($"the file system of {_folder.Path} has no sparse files");
        }

        string header = $$$"""{"w":{"dtype":"F16","shape":[{{{elements}}}],"data_offsets":[0,{{{elements * 2}}}]},"z":{"dtype":"F32","shape":[1],"data_offsets":[{{{elements * 2}}},{{{(elements * 2) + 4}}}]}}""";
        byte[] bytes = new byte[8 + header.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        Encoding.ASCII.GetBytes(header, bytes.AsSpan(8));
        string path = _folder.Write($"{name}.safetensors", bytes);
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(bytes.Length + (elements * 2) + 4);
        file.Position = bytes.Length + (start * 2);
        file.Write([.. values.SelectMany(value => BitConverter.GetBytes((Half)value))]);
        file.Position = bytes.Length + (elements * 2);
        file.Write(BitConverter.GetBytes(last));
        return path;
    }
}
