namespace Search.Storage.Tests;

internal sealed class SweepTableTests : StorageFixture
{
    private static readonly SweepRow[] Rows =
    [
        Row("a1", ("merge.operator", "ties"), ("seed", "1"), ("strategy.sigma", "0.10"), ("it's \"odd\"", "{name: x}")),
        Row("b2", ("merge.operator", "slerp"), ("seed", "12"), ("strategy.sigma", "1e-3")),
        Row("c3", ("merge.operator", "ties"), ("seed", "-3")),
    ];

    [Test]
    public void Write_ThenRead_GivesRowsInOrderWithNumbersAsNumbers()
    {
        SweepTable.Write(Run, Rows);
        IReadOnlyList<SweepRow> back = SweepTable.Read(Run);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(back.Select(row => row.RunId), Is.EqualTo(new[] { "a1", "b2", "c3" }));
            Assert.That(back.Select(row => row.Value("seed")), Is.EqualTo(new[] { "1", "12", "-3" }));
            Assert.That(back.Select(row => row.Value("strategy.sigma")), Is.EqualTo(new[] { "0.1", "0.001", null }));
            Assert.That(back[0].Value("it's \"odd\""), Is.EqualTo("{name: x}"));
            Assert.That(SweepRow.VariedKeys([.. Rows[..2].Select(row => row with { Settings = [.. row.Settings.Append(new("same", "1"))] })]), Is.EqualTo(new[] { "merge.operator", "seed", "strategy.sigma", "it's \"odd\"" }));
        }
    }

    [Test]
    public void OpenSweep_RunsAndTheirTrials_AreOneTable()
    {
        foreach (string id in new[] { "a1", "b2" })
        {
            using ParquetTrialLog log = ParquetTrialLog.Open(Directory.CreateDirectory(Path.Combine(Run, id)).FullName, id);
            log.Append([Trials.Create(0), Trials.Create(1)]);
        }

        SweepTable.Write(Run, Rows);
        using RunQuery query = RunQuery.OpenSweep(Run, [new("a1", "finished"), new("b2", "running"), new("c3", "waiting")]);

        Assert.That(
            query.Execute("SELECT run_id, runs.state, runs.seed + 1, merge_operator, count(trial_id) FROM runs LEFT JOIN trials USING (run_id) GROUP BY ALL ORDER BY 1").Rows,
            Is.EqualTo(new object[][] { ["a1", "finished", 2L, "ties", 2L], ["b2", "running", 13L, "slerp", 2L], ["c3", "waiting", -2L, "ties", 0L] }));
    }

    [Test]
    public void Read_NoTable_SaysWhere() =>
        Assert.That(() => SweepTable.Read(Run), Throws.TypeOf<StorageException>().With.Message.Contains("runs.parquet").And.Message.Contains("cannot be read"));

    private static SweepRow Row(string id, params (string Key, string Value)[] settings) => new(id, [.. settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))]);
}
