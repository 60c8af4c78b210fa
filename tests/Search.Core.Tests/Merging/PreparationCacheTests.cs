using Search.Checkpoints;
using Search.Merging;

namespace Search.Tests.Merging;

// What is kept merges to the same bits as what is prepared, is found again by content alone, and is never trusted when it is not whole.
public sealed class PreparationCacheTests : IDisposable
{
    private readonly MergeFolder _folder = new();

    private string Cache => Path.Combine(_folder.Path, "cache");

    private string[] Kept => Directory.Exists(Cache) ? Directory.GetFiles(Cache) : [];

    [TestCase("ties", "density=0.4")]
    [TestCase("ties", "variant=mergekit density=0.4")]
    [TestCase("ties_split", "")]
    [TestCase("dare_linear", "drop_rate=0.5")]
    [TestCase("della", "")]
    [TestCase("breadcrumbs_ties", "density=0.5")]
    [TestCase("magmax", "")]
    [TestCase("consensus", "")]
    [TestCase("tsv_m", "")]
    [TestCase("iso_cts", "")]
    [TestCase("pcb", "")]
    [TestCase("ethos", "")]
    public void Prepare_Again_ReadsWhatMergesToTheSameBits(string name, string settings)
    {
        MergeOperator merge = MergeFolder.Operator(name, settings.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        foreach (TensorType storage in new[] { TensorType.F32, TensorType.BF16 })
        {
            float[][] plain = Merged(merge.Prepare(TaskVectors.Mapped(Family(), storage)));
            (PreparedMerge first, string kept) = new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(Family(), storage));
            (PreparedMerge second, string read) = new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(Family(), storage));
            Assert.That((kept, read), Is.EqualTo(($"prepared vectors are kept in {Newest()}", $"prepared vectors are read from {Newest()}")));
            Assert.That(Merged(first), Is.EqualTo(plain));
            Assert.That(Merged(second), Is.EqualTo(plain));
        }

        Assert.That(Kept, Has.Length.EqualTo(2), "one for each storage");
    }

    [TestCase("task_arithmetic", "")]
    [TestCase("karcher", "")]
    [TestCase("tall", "")]
    [TestCase("dare_linear", "drop_rate={ lower: 0.1, upper: 0.9, initial: 0.5 }")]
    public void Prepare_OperatorThatLeavesMoreOrLessThanVectors_IsPreparedEachTime(string name, string settings)
    {
        (PreparedMerge _, string note) = new PreparationCache(Cache).Prepare(MergeFolder.Operator(name, settings.Length > 0 ? [settings] : []), TaskVectors.Mapped(Family()));
        Assert.That(note, Does.Contain("keeps nothing of " + name));
        Assert.That(Kept, Is.Empty);
    }

    [Test]
    public void Prepare_AnythingElseDiffers_IsAFileOfItsOwn()
    {
        void Prepare(ModelFamily family, params string[] settings) => new PreparationCache(Cache).Prepare(MergeFolder.Operator("ties", settings), TaskVectors.Mapped(family));
        Prepare(Family(), "density=0.4");
        Prepare(Family(), "density=0.5");
        Prepare(Family(), "density=0.4", "scope=tensor");
        Prepare(Family(seed: 7), "density=0.4");
        Assert.That(Kept, Has.Length.EqualTo(4));
        Prepare(Family(), "density=0.4");
        Assert.That(Kept, Has.Length.EqualTo(4), "the same content in other files");
    }

    // Buffers merge to the experts' mean, unless a filter leaves them out; both are "not merged by coefficients".
    [Test]
    public void Prepare_BuffersLeftOut_IsAFileOfItsOwn()
    {
        MergeOperator merge = MergeFolder.Operator("magmax");
        ModelFamily family = Family();
        using ModelFamily filtered = ModelFamily.Open(
            family.Base.Path, family.Experts.Select(expert => KeyValuePair.Create(expert.Key, expert.Value.Path)), [], new TensorFilter([], ["running_mean"], new TensorKinds([])));
        new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(filtered));
        Assert.That(Merged(new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(family)).Merge), Is.EqualTo(Merged(merge.Prepare(TaskVectors.Mapped(family)))));
        Assert.That(Kept, Has.Length.EqualTo(2));
    }

    [Test]
    public void Prepare_StatisticsOfOtherContentUnderTheSameName_IsAFileOfItsOwn()
    {
        (string, long[], float[])[] Gram(int seed) => [("w", [13, 13], [.. Enumerable.Range(0, 169).Select(i => i % 14 == 0 ? 2f + seed : 0.1f)])];
        string[] files = _folder.Statistics(Gram(1), Gram(2), Gram(3));
        ModelFamily Models() => _folder.Family([("w", [9, 13], MergeFolder.Draw(1, 117))], [("w", [9, 13], MergeFolder.Draw(2, 117))], [("w", [9, 13], MergeFolder.Draw(3, 117))], [("w", [9, 13], MergeFolder.Draw(4, 117))]);
        MergeOperator merge = MergeFolder.Operator("regmean", files);
        new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(Models()));
        File.Move(_folder.Write(Gram(9)), files[0].Split('=')[1], overwrite: true);
        Assert.That(Merged(new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(Models())).Merge), Is.EqualTo(Merged(merge.Prepare(TaskVectors.Mapped(Models())))));
        Assert.That(Kept, Has.Length.EqualTo(2));
    }

    [Test]
    public void Prepare_FileCutShortOrOfSomethingElse_IsWrittenAnew()
    {
        MergeOperator merge = MergeFolder.Operator("magmax");
        float[][] plain = Merged(merge.Prepare(TaskVectors.Mapped(Family())));
        new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(Family()));
        string path = Kept.Single();
        byte[] whole = File.ReadAllBytes(path);
        foreach (byte[] broken in new[] { whole[..^9], [], [.. "no safetensors"u8] })
        {
            File.WriteAllBytes(path, broken);
            Assert.That(Merged(new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(Family())).Merge), Is.EqualTo(plain));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(whole));
        }

        File.Copy(_folder.Write(("w", [2], [1, 2])), path, overwrite: true);
        Assert.That(Merged(new PreparationCache(Cache).Prepare(merge, TaskVectors.Mapped(Family())).Merge), Is.EqualTo(plain));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(whole));
    }

    [Test]
    public void Prepare_FolderCannotBeWritten_PreparesAndSaysSo()
    {
        File.WriteAllText(Cache, "a file");
        (PreparedMerge merge, string note) = new PreparationCache(Cache).Prepare(MergeFolder.Operator("magmax"), TaskVectors.Mapped(Family()));
        Assert.That(note, Does.StartWith("prepared vectors could not be kept: "));
        Assert.That(Merged(merge), Is.EqualTo(Merged(MergeFolder.Operator("magmax").Prepare(TaskVectors.Mapped(Family())))));
    }

    public void Dispose() => _folder.Dispose();

    private static float[][] Merged(PreparedMerge prepared)
    {
        var space = new MergeSpace(prepared, Granularity.Model, new TensorBlocks([]), BufferPolicy.Average);
        var merged = new WeightSet(prepared.Source.Layout);
        new Merger(prepared.Source.Layout).Merge([space.Decode([.. Enumerable.Range(0, space.Dimension).Select(i => 0.25 + (0.125 * i))])], [merged]);
        return [.. Enumerable.Range(0, prepared.Source.Layout.Tensors.Count).Select(t => merged[t].ToArray())];
    }

    private string Newest() => Kept.OrderBy(path => new FileInfo(path).CreationTimeUtc).ThenBy(path => new FileInfo(path).LastWriteTimeUtc).Last();

    // The same models each time, in files of other names.
    private ModelFamily Family(int seed = 1)
    {
        (string, long[], float[])[] Tensors(int from) => [("bn.running_mean", [5], MergeFolder.Draw(from, 5)), ("v", [77], MergeFolder.Draw(from + 1, 77)), ("w", [9, 13], MergeFolder.Draw(from + 2, 117))];
        return _folder.Family(Tensors(1), Tensors(seed + 10), Tensors(20), Tensors(30));
    }
}
