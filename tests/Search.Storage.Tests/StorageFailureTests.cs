namespace Search.Storage.Tests;

internal sealed class StorageFailureTests : StorageFixture
{
    [Test]
    public void Append_DiskFull_SaysSoKeepsEarlierPartsAndRecovers()
    {
        using TmpfsMount mount = new(Run);
        using ParquetTrialLog log = OpenWithTenTrials();
        string filler = Path.Combine(Run, "filler");
        Fill(filler);

        for (int attempt = 0; attempt < 2; attempt++)
        {
            StorageException? error = Assert.Throws<StorageException>(() => log.Append([Trials.Create(10, coefficients: 500)]));
            Assert.That(error!.Message, Does.Contain(Path.Combine(Parts, "part-00000004.parquet")).And.Contain("No space left on device").And.Not.Contain("\n"));
        }

        Assert.That(log.Compact, Throws.TypeOf<StorageException>());
        Assert.That(PartNames(), Has.Length.EqualTo(4).And.None.EndsWith(".tmp"));
        AssertIds(log, 10);
        File.Delete(filler);
        log.Append([Trials.Create(10, coefficients: 500)]);
        log.Compact();
        AssertIds(log, 11);
    }

    [Test]
    public void Append_ReadOnlyDisk_SaysSoAndRecovers()
    {
        using TmpfsMount mount = new(Run);
        using ParquetTrialLog log = OpenWithTenTrials();
        mount.MakeReadOnly();

        Assert.That(() => log.Append([Trials.Create(10)]), Throws.TypeOf<StorageException>().With.Message.Contains("Read-only file system"));
        Assert.That(() => ParquetTrialLog.Open(Path.Combine(Run, "other"), "run"), Throws.TypeOf<StorageException>().With.Message.Contains("Read-only"));
        Assert.That(() => RunLock.Acquire(Run), Throws.TypeOf<StorageException>().With.Message.Contains("Read-only"));
        AssertIds(log, 10);

        mount.MakeWritable();
        log.Append([Trials.Create(10)]);
        AssertIds(log, 11);
    }

    [Test]
    public void Append_FolderGone_SaysSoAndRecovers()
    {
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        Directory.Delete(Parts);

        Assert.That(
            () => log.Append([Trials.Create(0)]),
            Throws.TypeOf<StorageException>().With.Message.Contains("part-00000000.parquet").And.Message.Contains("No such file or directory"));

        Directory.CreateDirectory(Parts);
        log.Append([Trials.Create(0)]);
        AssertIds(log, 1);
    }

    [Test]
    public void Open_RunDirectoryIsAFile_SaysSo()
    {
        string file = Path.Combine(Run, "file");
        File.WriteAllText(file, string.Empty);

        Assert.That(() => ParquetTrialLog.Open(file, "run"), Throws.TypeOf<StorageException>().With.Message.Contains(file));
    }

    [TestCase("", TestName = "Read_EmptyPart_NamesTheFile")]
    [TestCase("this is no Parquet file", TestName = "Read_ForeignPart_NamesTheFile")]
    public void Read_BrokenPart_NamesTheFile(string content)
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        string broken = Path.Combine(Parts, "part-00000004.parquet");
        File.WriteAllText(broken, content);

        StorageException? error = Assert.Throws<StorageException>(() => log.Read());

        Assert.That(error!.Message, Does.StartWith(broken).And.Not.Contain("\n"));
        Assert.That(error.Path, Is.EqualTo(broken));
        using RunQuery query = RunQuery.Open(Run);
        Assert.That(() => query.Execute("SELECT * FROM trials"), Throws.InstanceOf<SearchException>().With.Message.Contains("part-00000004.parquet"));
    }

    [Test]
    public void Read_PartTruncatedAnywhere_NamesTheFile()
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        string broken = Path.Combine(Parts, "part-00000001.parquet");
        byte[] whole = File.ReadAllBytes(broken);

        for (int length = 1; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(broken, whole[..length]);
            Assert.That(() => log.Read(), Throws.TypeOf<StorageException>().With.Property("Path").EqualTo(broken));
        }
    }

    [TestCase("SELECT 1 AS x", "run_id")]
    [TestCase("SELECT * REPLACE ('nobody' AS role) FROM '{0}'", "nobody")]
    [TestCase("SELECT * REPLACE (trial_id::VARCHAR AS trial_id) FROM '{0}'", "VARCHAR")]
    public void Read_PartOfAnotherShape_NamesTheFile(string query, string words)
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        string part = Path.Combine(Parts, "part-00000000.parquet");
        string foreign = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".parquet");
        File.Copy(part, foreign);
        using (Native.DuckDb.DuckDbConnection connection = ParquetEngine.OpenSmall())
        {
            connection.Execute(ParquetEngine.Copy($"({string.Format(null, query, foreign)})", part));
        }

        File.Delete(foreign);

        Assert.That(() => log.Read(), Throws.TypeOf<StorageException>().With.Message.StartsWith(part).And.Message.Contains(words));
    }

    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[1024];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
