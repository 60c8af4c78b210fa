using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage.Tests;

/// <summary>What may lie in a folder of trials and is none: a reader passes it over, the writer moves it away, and neither fails.</summary>
internal sealed class HostileLedgerTests : StorageFixture
{
    private readonly List<string> _warnings = [];

    private string Quarantine => Path.Combine(Run, "quarantine");

    [SetUp]
    public void ForgetWarnings() => _warnings.Clear();

    private static IEnumerable<TestCaseData> Corpus()
    {
        yield return Broken("empty", _ => [], "no whole Parquet file");
        yield return Broken("text", _ => "this is no Parquet file"u8.ToArray(), "no whole Parquet file");
        yield return Broken("the magic alone", _ => "PAR1PAR1"u8.ToArray(), "no whole Parquet file");
        yield return Broken("a footer of four gigabytes", _ => [.. "PAR1"u8, .. new byte[64], 0xff, 0xff, 0xff, 0xff, .. "PAR1"u8], "no whole Parquet file");
        yield return Broken("zeros within the footer", part => [.. part[..^400], .. new byte[300], .. part[^100..]], "no whole Parquet file");
        for (int seed = 0; seed < 8; seed += 3)
        {
            byte[] noise = new byte[1 << (seed * 2)];
            new Random(seed).NextBytes(noise);
            yield return Broken($"{noise.Length} random bytes", _ => noise, "no whole Parquet file");
            yield return Broken($"{noise.Length} random bytes between magics", _ => [.. "PAR1"u8, .. noise, .. "PAR1"u8], "no whole Parquet file");
        }
    }

    private static IEnumerable<TestCaseData> Strangers()
    {
        yield return Strange("another table", "SELECT 1 AS x", "something else than trials");
        yield return Strange("another run", "SELECT * REPLACE ('other' AS run_id) FROM '{0}'", "a part of run other, not of run");
        yield return Strange("two runs", "SELECT * REPLACE (if(trial_id % 2 = 0, 'run', 'other') AS run_id) FROM '{0}'", "a part of run other and run, not of run");
        yield return Strange("a newer program's other run", "SELECT * REPLACE ('other' AS run_id, 7::INTEGER AS schema_version) FROM '{0}'", "written by a newer program: schema_version 7, where this program knows those up to 3");
        yield return Strange("mixed versions", "SELECT * REPLACE ((trial_id % 2 + 1)::INTEGER AS schema_version) FROM '{0}'", "the schema versions 1 to 2");
        yield return Strange("a version below all", "SELECT * REPLACE (-1::INTEGER AS schema_version) FROM '{0}'", "the schema versions -1 to -1");
        yield return Strange("no version", "SELECT * REPLACE (NULL::INTEGER AS schema_version) FROM '{0}'", "no trials");
        yield return Strange("no rows", "SELECT * FROM '{0}' LIMIT 0", "no trials");
        yield return Strange("a column less", "SELECT * EXCLUDE (gradient) FROM '{0}'", "no column gradient");
        yield return Strange("a column of another type", "SELECT * REPLACE (trial_id::VARCHAR AS trial_id) FROM '{0}'", "column trial_id is VARCHAR instead of BIGINT");
        yield return Strange("a role of its own", "SELECT * REPLACE ('nobody' AS role) FROM '{0}'", "rows cannot be read: role 'nobody'");
    }

    [TestCaseSource(nameof(Corpus))]
    [TestCaseSource(nameof(Strangers))]
    public void Open_PartThatIsNone_IsPassedOverByReadersAndMovedAwayByTheWriter(Func<string, byte[]> make, string reason)
    {
        OpenWithTenTrials().Dispose();
        string broken = Path.Combine(Parts, "part-00000001.parquet");
        byte[] content = make(broken);
        File.WriteAllBytes(broken, content);

        Assert.That(TrialReader.Read(Run, _warnings.Add).Select(trial => trial.Id), Is.EqualTo(new[] { 0, 1, 2, 6, 7, 8, 9 }));
        Assert.That(_warnings.Single(), Does.StartWith(broken).And.Contain(reason).And.EndWith("it is left out.").And.Not.Contain("\n"));
        using (RunQuery query = RunQuery.Open(Run, _warnings.Add))
        {
            Assert.That(query.Execute("SELECT count(*), count(coefficients) FROM trials").Rows.Single()[0], Is.EqualTo(reason.Contains("role", StringComparison.Ordinal) ? 10L : 7L));
        }

        Assert.That(File.ReadAllBytes(broken), Is.EqualTo(content), "a reader touches nothing");
        _warnings.Clear();
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run", _warnings.Add);
        Assert.That(log.Read(), Has.Count.EqualTo(7));
        Assert.That(_warnings.Single(), Does.StartWith(broken).And.Contain(reason).And.Contain($"moved to {Path.Combine(Quarantine, "part-00000001.parquet")}"));
        Assert.That(File.ReadAllBytes(Path.Combine(Quarantine, "part-00000001.parquet")), Is.EqualTo(content), "nothing is ever deleted");

        log.Append([.. Enumerable.Range(3, 3).Select(id => Trials.Create(id))]);
        log.Compact();
        AssertIds(log, 10);
        Assert.That(PartNames(), Is.EqualTo(new[] { "part-00000000-00000004.parquet" }));
    }

    [Test]
    public void Open_PartOfANewerProgram_IsPassedOverByReadersAndRefusedByTheWriter()
    {
        OpenWithTenTrials().Dispose();
        string newer = Path.Combine(Parts, "part-00000001.parquet");
        File.WriteAllBytes(newer, Rewritten(newer, "SELECT * REPLACE (7::INTEGER AS schema_version) FROM '{0}'"));
        File.WriteAllText(Path.Combine(Parts, "index"), "what a newer program may keep here");
        string[] before = PartNames();

        Assert.That(
            () => ParquetTrialLog.Open(Run, "run", _warnings.Add),
            Throws.TypeOf<StorageException>().With.Message.EqualTo($"{newer}: it was written by a newer program: schema_version 7, where this program knows those up to 3; go on with that program"));
        Assert.That(PartNames(), Is.EqualTo(before));
        Assert.That(Directory.Exists(Quarantine), Is.False);
        Assert.That(_warnings, Is.Empty);
        Assert.That(TrialReader.Read(Run, _warnings.Add), Has.Count.EqualTo(7));
        Assert.That(_warnings.Single(), Does.StartWith(newer).And.Contain("schema_version 7").And.EndWith("it is left out."));
    }

    [Test]
    public void Open_PartWithAnAbsurdNumber_IsMovedAwayAndAppendsStayReadable()
    {
        OpenWithTenTrials().Dispose();
        File.Copy(Path.Combine(Parts, "part-00000001.parquet"), Path.Combine(Parts, "part-999999999999999999.parquet"));
        for (int id = 10; id < 12; id++)
        {
            using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run", _warnings.Add);
            log.Append([Trials.Create(id)]);
            AssertIds(log, id + 1);
        }

        Assert.That(PartNames()[^1], Is.EqualTo("part-00000005.parquet"));
        Assert.That(_warnings.Single(), Does.Contain("its name is not that of a trial file"));
    }

    [Test]
    public void Scan_PartTruncatedAtEveryByte_RejectsIt()
    {
        using (ParquetTrialLog log = ParquetTrialLog.Open(Run, "run"))
        {
            log.Append([Trials.Create(0)]);
        }

        string broken = Path.Combine(Parts, PartNames().Single());
        byte[] whole = File.ReadAllBytes(broken);
        for (int length = whole.Length - 1; length >= 0; length--)
        {
            File.WriteAllBytes(broken, whole[..length]);
            using LedgerParts parts = LedgerParts.ForReading(Run, _warnings.Add);
            Assert.That(parts.Scan().Current, Is.Empty, $"{length} of {whole.Length} bytes");
        }

        Assert.That(_warnings, Has.Count.EqualTo(whole.Length).And.All.StartsWith(broken));
    }

    // Values that were overwritten are not always seen, since Parquet keeps no checksums of them; but no byte may make reading fail.
    [Test]
    public void Read_BytesOverwrittenAnywhere_NeverFailsAndKeepsTheOtherParts()
    {
        OpenWithTenTrials().Dispose();
        string broken = Path.Combine(Parts, "part-00000001.parquet");
        byte[] whole = File.ReadAllBytes(broken);
        var random = new Random(7);
        long[] others = [0, 1, 2, 6, 7, 8, 9];
        for (int round = 0; round < 60; round++)
        {
            byte[] content = [.. whole];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                content[random.Next(content.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(broken, content);
            long[] ids = [.. TrialReader.Read(Run, _warnings.Add).Select(trial => trial.Id)];
            Assert.That(ids, Is.SupersetOf(others), $"round {round}");
        }

        Assert.That(_warnings, Has.Count.GreaterThan(20), "much of what is in a small part is seen");
    }

    [Test]
    public void Open_FoldedPartTorn_FallsBackOnThePartsItCovers()
    {
        using (ParquetTrialLog whole = OpenWithTenTrials())
        {
            File.WriteAllText(Path.Combine(Parts, "part-00000000-00000003.parquet"), "torn");
        }

        Assert.That(TrialReader.Read(Run, _warnings.Add), Has.Count.EqualTo(10));
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run", _warnings.Add);
        AssertIds(log, 10);
        Assert.That(_warnings, Has.Count.EqualTo(2).And.All.Contains("part-00000000-00000003.parquet"));
    }

    [Test]
    public void Open_FilesThatAreNoParts_AreMovedAwayButForHiddenOnes()
    {
        OpenWithTenTrials().Dispose();
        Directory.CreateDirectory(Quarantine);
        File.WriteAllText(Path.Combine(Quarantine, "notes.txt"), "earlier");
        foreach (string name in new[] { "notes.txt", "other.tmp", ".nfs0001", "part-00000009.parquet.tmp" })
        {
            File.WriteAllText(Path.Combine(Parts, name), name);
        }

        ParquetTrialLog.Open(Run, "run", _warnings.Add).Dispose();

        Assert.That(PartNames(), Has.Length.EqualTo(5).And.Contains(".nfs0001").And.None.EndsWith(".tmp"));
        Assert.That(Directory.GetFiles(Quarantine).Select(path => Path.GetFileName(path)), Is.EquivalentTo(new[] { "notes.txt", "notes.txt.2", "other.tmp" }));
        Assert.That(File.ReadAllText(Path.Combine(Quarantine, "notes.txt.2")), Is.EqualTo("notes.txt"));
        Assert.That(_warnings, Has.Count.EqualTo(2));
    }

    // Version 2 is version 3 without the column rung, version 1 that without blocks, and version 0 that without gradient and bytes.
    [Test]
    public void Read_PartOfAnEarlierSchema_IsMigrated([Values] bool compacted, [Values(0, 1, 2)] int version)
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        string part = Path.Combine(Parts, "part-00000001.parquet");
        File.WriteAllBytes(part, Rewritten(part, $"SELECT * EXCLUDE ({new[] { "gradient, bytes, blocks, rung", "blocks, rung", "rung" }[version]}) REPLACE ({version}::INTEGER AS schema_version) FROM '{{0}}'"));
        using ParquetTrialLog reopened = ParquetTrialLog.Open(Run, "run", _warnings.Add);
        if (compacted)
        {
            reopened.Compact();
        }

        Trial[] expected =
        [
            .. Enumerable.Range(0, 10).Select(id => Trials.Create(id)).Select(trial => trial.Id is >= 3 and < 6
                ? trial with { Gradient = version == 0 ? null : trial.Gradient, Bytes = version == 0 ? 0 : trial.Bytes, Blocks = version < 2 ? new Dictionary<string, IReadOnlyList<double>>() : trial.Blocks }
                : trial),
        ];
        Trials.AssertEqual(reopened.Read(), expected);
        Trials.AssertEqual(TrialReader.Read(Run, _warnings.Add), expected);
        Assert.That(_warnings, Is.Empty);
        using RunQuery query = RunQuery.Open(Run);
        Assert.That(query.Execute("SELECT sum(bytes >> 40)::BIGINT, min(schema_version), max(schema_version), sum(cardinality(blocks))::BIGINT FROM trials").Rows.Single(), Is.EqualTo(new object[] { version == 0 ? 7L : 10L, 3, 3, version < 2 ? 7L : 10L }));
        Assert.That(query.Execute("SELECT count(*) FROM trials WHERE rung IS NULL").Rows.Single(), Is.EqualTo(new object[] { 10L }));
        Assert.That(query.Execute("DESCRIBE trials").Rows, Has.Count.EqualTo(26));
    }

    private static TestCaseData Broken(string name, Func<byte[], byte[]> make, string reason) =>
        new TestCaseData((Func<string, byte[]>)(path => make(File.ReadAllBytes(path))), reason).SetArgDisplayNames(name);

    private static TestCaseData Strange(string name, string query, string reason) =>
        new TestCaseData((Func<string, byte[]>)(path => Rewritten(path, query)), reason).SetArgDisplayNames(name);

    // What a query makes of a part.
    private static byte[] Rewritten(string part, string query)
    {
        string source = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".parquet");
        string target = source + ".out";
        File.Copy(part, source);
        using (DuckDbConnection connection = ParquetEngine.OpenSmall())
        {
            connection.Execute(ParquetEngine.Copy($"({string.Format(null, query, source)})", target));
        }

        byte[] content = File.ReadAllBytes(target);
        File.Delete(source);
        File.Delete(target);
        return content;
    }
}
