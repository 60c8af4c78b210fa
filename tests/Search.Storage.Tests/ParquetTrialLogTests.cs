using FsCheck;
using FsCheck.Fluent;
using Search.Evaluation;
using Search.Native.DuckDb;
using Search.Results;

namespace Search.Storage.Tests;

internal sealed class ParquetTrialLogTests : StorageFixture
{
    private static readonly double[] Corners =
    [
        0.0, -0.0, 1.0, double.NaN, -double.NaN, BitConverter.UInt64BitsToDouble(0x7ff0000000000001), BitConverter.UInt64BitsToDouble(0xfff8000000000123),
        double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, 2.2250738585072011e-308, 0.1,
    ];

    [Test]
    public void Read_NothingAppended_IsEmpty()
    {
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");

        Assert.That(log.Read(), Is.Empty);
        Assert.That(TrialReader.Read(Path.Combine(Run, "nowhere")), Is.Empty);
    }

    [Test]
    public void Append_EveryField_RoundTrips()
    {
        Trial full = Trials.Create(7) with
        {
            Label = "lambda:0.3",
            Reason = "naïve 'quote' \"double\" 😀 \0 end",
            State = TrialState.Failed,
            Gradient = [0.5, -0.0],
            BackwardMs = 3.5,
            Seed = long.MinValue,
            Scores = new Dictionary<string, double> { ["z"] = 1, ["a/é"] = 2, [""] = 3, ["A"] = 4 },
        };
        Trial bare = Trials.Create(8) with
        {
            Parent = null, Generation = null, Reason = "", Strategy = "reference", Coefficients = [], Objectives = [], Gradient = [],
            Scores = new Dictionary<string, double>(),
        };

        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        log.Append([full, bare, Trials.Create(9) with { State = TrialState.Pruned, Role = DataRole.Report }]);

        Trials.AssertEqual(log.Read(), [full, bare, Trials.Create(9) with { State = TrialState.Pruned, Role = DataRole.Report }]);
        Assert.That(log.Read()[0].Scores.Keys, Is.EqualTo(new[] { "", "A", "a/é", "z" }), "ordinal order");
    }

    [Test]
    public void Append_CornerDoubles_KeepTheirBits([Values] bool compacted)
    {
        // Each corner also comes many times in a row: repeated values are what a dictionary would merge.
        Trial[] trials =
        [
            Trials.Create(0) with
            {
                Coefficients = Corners,
                Gradient = [.. Corners.Reverse()],
                Objectives = [.. Corners.SelectMany(value => Enumerable.Repeat(value, 100))],
            },
            .. Corners.Select((value, i) => Trials.Create(i + 1) with { MergeMs = value, Scores = new Dictionary<string, double> { ["s"] = value } }),
        ];
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        foreach (Trial trial in trials)
        {
            log.Append([trial]);
        }

        log.Append([.. trials.Select(trial => trial with { Id = trial.Id + 100 })]);
        if (compacted)
        {
            log.Compact();
        }

        Trials.AssertEqual(log.Read(), [.. trials, .. trials.Select(trial => trial with { Id = trial.Id + 100 })]);
    }

    [Test]
    public void Append_AnyDoubles_RoundTrip()
    {
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        long id = 0;

        Prop.ForAll<DoNotSize<ulong>[], DoNotSize<ulong>[]>((coefficients, scores) =>
        {
            Trial trial = Trials.Create(id++) with
            {
                Coefficients = [.. coefficients.Select(bits => BitConverter.UInt64BitsToDouble(bits.Item))],
                Scores = scores.Index().ToDictionary(pair => $"task{pair.Index}", pair => BitConverter.UInt64BitsToDouble(pair.Item.Item)),
            };
            log.Append([trial]);
            return Trials.Describe(log.Read()[^1]) == Trials.Describe(trial);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(50));
    }

    [Test]
    public void Append_ManyRowsWithLongLists_RoundTrip()
    {
        Trial[] trials = [.. Enumerable.Range(0, 5000).Select(id => Trials.Create(id, coefficients: id % 50))];
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        log.Append(trials);

        Trials.AssertEqual(log.Read(), trials);
    }

    [Test]
    public void Append_Always_WritesTheContractsColumns()
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        using RunQuery query = RunQuery.Open(Run);

        QueryResult result = query.Execute("DESCRIBE trials");

        Assert.That(
            string.Join(", ", result.Rows.Select(row => $"{row[0]} {row[1]}")),
            Is.EqualTo(
                "run_id VARCHAR, trial_id BIGINT, parent BIGINT, strategy VARCHAR, generation INTEGER, label VARCHAR, role VARCHAR, state VARCHAR, " +
                "reason VARCHAR, fidelity INTEGER, seed BIGINT, coefficients DOUBLE[], objectives DOUBLE[], scores MAP(VARCHAR, DOUBLE), blocks MAP(VARCHAR, DOUBLE[]), gradient DOUBLE[], " +
                "started_at TIMESTAMP, merge_ms DOUBLE, forward_ms DOUBLE, backward_ms DOUBLE, objective_ms DOUBLE, bytes BIGINT, engine VARCHAR, " +
                "device VARCHAR, rung INTEGER, schema_version INTEGER"));
        Assert.That(
            query.Execute("SELECT DISTINCT run_id, schema_version, state, role FROM trials").Rows.Single(),
            Is.EqualTo(new object[] { "run", 3, "complete", "search" }));
    }

    [Test]
    public void Read_RolesAndRepeats_AreSortedAndReadOnce()
    {
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        log.Append([Trials.Create(1, DataRole.Report), Trials.Create(1)]);
        log.Append([Trials.Create(0, DataRole.Select), Trials.Create(1) with { Strategy = "again" }]);
        log.Append([Trials.Create(0), Trials.Create(1, DataRole.Select)]);

        IReadOnlyList<Trial> trials = log.Read();

        Assert.That(
            trials.Select(trial => (trial.Id, trial.Role)),
            Is.EqualTo(new[] { (0L, DataRole.Search), (0L, DataRole.Select), (1L, DataRole.Search), (1L, DataRole.Select), (1L, DataRole.Report) }));
        Assert.That(trials.Select(trial => trial.Strategy), Has.None.EqualTo("again"), "the first record stays");
    }

    // What a race leaves: a candidate's rungs, two of which an interrupted compaction left twice, and how it ended.
    [Test]
    public void Read_Rungs_ComeOnceEachAndOnlyToThoseWhoAskForThem()
    {
        Trial Rung(int rung) => Trials.Create(1) with { State = TrialState.Running, Rung = rung, Fidelity = rung + 1 };
        Trial end = Trials.Create(1) with { State = TrialState.Pruned, Reason = "raced out", Objectives = [] };
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        log.Append([Trials.Create(0), Rung(0)]);
        log.Append([Rung(1)]);
        log.Append([end, Rung(0), Rung(1)]);
        log.Compact();

        Trials.AssertEqual(log.Read(), [Trials.Create(0), end, Rung(0), Rung(1)]);
        Trials.AssertEqual(TrialReader.Read(Run), [Trials.Create(0), end]);
        LedgerBrief brief = LedgerBrief.Read(Run);
        Assert.That(brief.Searched, Is.EqualTo(2), "candidates, not rungs");
        using RunQuery query = RunQuery.Open(Run);
        Assert.That(query.Execute("SELECT trial_id, state FROM trials ORDER BY trial_id").Rows, Is.EqualTo(new object[][] { [0L, "complete"], [1L, "pruned"] }));
        Assert.That(query.Execute("SELECT rung, state, sum(fidelity)::BIGINT FROM (SELECT DISTINCT rung, state, fidelity FROM rungs) GROUP BY ALL ORDER BY rung").Rows, Is.EqualTo(new object[][] { [0, "running", 1L], [1, "running", 2L] }));
    }

    [Test]
    public void Append_NothingOrRunning_IsRefused()
    {
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");

        Assert.That(() => log.Append([]), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => log.Append([Trials.Create(0) with { State = TrialState.Running }]), Throws.ArgumentException);
        Assert.That(PartNames(), Is.Empty);
    }

    [Test]
    public void Open_AfterAnEarlierWriter_GoesOnCounting()
    {
        OpenWithTenTrials().Dispose();
        using ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        log.Append([Trials.Create(10)]);

        Assert.That(PartNames(), Is.EqualTo(Enumerable.Range(0, 5).Select(number => $"part-{number:D8}.parquet")));
        AssertIds(log, 11);
    }

    [Test]
    public void Dispose_AfterAppends_LeavesNoHandles()
    {
        int before = DuckDbHandle.LiveCount;
        ParquetTrialLog log = OpenWithTenTrials();
        Assert.That(DuckDbHandle.LiveCount, Is.EqualTo(before + 2), "a database and a connection stay open");

        log.Dispose();

        Assert.That(DuckDbHandle.LiveCount, Is.EqualTo(before));
    }
}
