namespace Search.Storage.Tests;

internal sealed class CompactionTests : StorageFixture
{
    [Test]
    public void Compact_SeveralParts_FoldsThemInAppendOrder()
    {
        using ParquetTrialLog log = OpenWithTenTrials();

        log.Compact();

        Assert.That(PartNames(), Is.EqualTo(new[] { "part-00000000-00000003.parquet" }));
        AssertIds(log, 10);
    }

    [Test]
    public void Compact_TwiceWithAppendsBetween_FoldsTheFoldedPartToo()
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        log.Compact();
        log.Compact();
        log.Append([Trials.Create(10)]);
        Assert.That(PartNames(), Is.EqualTo(new[] { "part-00000000-00000003.parquet", "part-00000004.parquet" }));

        log.Compact();

        Assert.That(PartNames(), Is.EqualTo(new[] { "part-00000000-00000004.parquet" }));
        AssertIds(log, 11);
    }

    [Test]
    public void Append_ManyTimes_FoldsAsItGoes()
    {
        using (ParquetTrialLog first = ParquetTrialLog.Open(Run, "run"))
        {
            for (int id = 0; id < 130; id++)
            {
                first.Append([Trials.Create(id)]);
            }
        }

        Assert.That(PartNames(), Is.EqualTo(new[] { "part-00000000-00000063.parquet", "part-00000064-00000127.parquet", "part-00000128.parquet", "part-00000129.parquet" }));
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        AssertIds(log, 130);
        log.Append([Trials.Create(130)]);
        log.Compact();
        Assert.That(PartNames(), Is.EqualTo(new[] { "part-00000000-00000130.parquet" }));
        AssertIds(log, 131);
    }

    // A ledger of a program that did not fold as it went.
    [Test]
    public void Compact_MorePartsThanOneStatementReads_FoldsInPasses()
    {
        int count = ParquetEngine.FilesAtOnce + 2;
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        log.Append([Trials.Create(0)]);
        for (int number = 1; number < count; number++)
        {
            File.Copy(Path.Combine(Parts, "part-00000000.parquet"), Path.Combine(Parts, $"part-{number:D8}.parquet"));
        }

        log.Compact();

        Assert.That(PartNames(), Is.EqualTo(new[] { $"part-00000000-{count - 1:D8}.parquet" }));
        using RunQuery query = RunQuery.Open(Run);
        Assert.That(query.Execute("SELECT count(*) FROM trials").Rows.Single()[0], Is.EqualTo((long)count));
    }

    [Test]
    public void Compact_NothingOrOnePart_LeavesItAlone()
    {
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        log.Compact();
        log.Append([Trials.Create(0)]);
        log.Compact();

        Assert.That(PartNames(), Is.EqualTo(new[] { "part-00000000.parquet" }));
    }

    [Test]
    public void Read_KilledBetweenRenameAndDelete_ReadsEachTrialOnce()
    {
        InterruptCompaction();

        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        using RunQuery query = RunQuery.Open(Run);

        AssertIds(log, 10);
        Assert.That(query.Execute("SELECT count(*) FROM trials").Rows.Single(), Is.EqualTo(new object[] { 10L }));
    }

    [Test]
    public void Compact_KilledBetweenRenameAndDelete_DeletesTheCoveredParts()
    {
        InterruptCompaction();
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");

        log.Append([Trials.Create(10)]);
        log.Compact();

        Assert.That(PartNames(), Is.EqualTo(new[] { "part-00000000-00000004.parquet" }));
        AssertIds(log, 11);
    }

    [Test]
    public void Open_TornTemporaryFiles_AreRemovedAndNeverRead()
    {
        OpenWithTenTrials().Dispose();
        File.WriteAllText(Path.Combine(Parts, "part-00000004.parquet.tmp"), "PAR1 torn");
        File.WriteAllText(Path.Combine(Parts, "part-00000000-00000003.parquet.tmp"), "PAR1 torn");
        Assert.That(TrialReader.Read(Run), Has.Count.EqualTo(10));
        Assert.That(PartNames(), Has.Length.EqualTo(6), "a reader touches nothing");

        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");

        Assert.That(PartNames(), Has.Length.EqualTo(4));
        AssertIds(log, 10);
    }

    // What a process killed after the rename leaves: the folded part beside those it covers.
    private void InterruptCompaction()
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        string aside = Directory.CreateDirectory(Path.Combine(Run, "aside")).FullName;
        foreach (string part in PartNames())
        {
            File.Copy(Path.Combine(Parts, part), Path.Combine(aside, part));
        }

        log.Compact();
        foreach (string part in Directory.GetFiles(aside))
        {
            File.Move(part, Path.Combine(Parts, Path.GetFileName(part)));
        }

        Assert.That(PartNames(), Has.Length.EqualTo(5));
    }
}
