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
