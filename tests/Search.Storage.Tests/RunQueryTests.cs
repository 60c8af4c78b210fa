namespace Search.Storage.Tests;

internal sealed class RunQueryTests : StorageFixture
{
    [Test]
    public void Execute_Trials_GivesColumnsAndRows()
    {
        OpenWithTenTrials().Dispose();
        using RunQuery query = RunQuery.Open(Run);

        QueryResult result = query.Execute("SELECT trial_id, scores['fashion/entropy'] AS entropy, coefficients FROM trials ORDER BY trial_id DESC LIMIT 1");

        Assert.That(result.Columns, Is.EqualTo(new QueryColumn[] { new("trial_id", "BIGINT"), new("entropy", "DOUBLE"), new("coefficients", "DOUBLE[]") }));
        Assert.That(result.Rows.Single(), Is.EqualTo(new object[] { 9L, 0.1 * 9, Trials.Create(9).Coefficients }));
    }

    [Test]
    public void Execute_NoTrialsYet_IsEmptyWithTheColumns()
    {
        ParquetTrialLog.Open(Run, "run").Dispose();
        using RunQuery query = RunQuery.Open(Run);

        QueryResult result = query.Execute("SELECT * FROM trials");

        Assert.That(result.Rows, Is.Empty);
        Assert.That(result.Columns, Has.Count.EqualTo(26));
    }

    [Test]
    public void Execute_PartsReplacedMeanwhile_ReadsTheNewOnes()
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        using RunQuery query = RunQuery.Open(Run);
        log.Compact();

        Assert.That(query.Execute("SELECT count(*) FROM trials").Rows.Single()[0], Is.EqualTo(10L));
    }

    [Test]
    public void Execute_Coefficients_GivesTheTable()
    {
        ParquetTrialLog.Open(Run, "run").Dispose();
        CoefficientTable.Write(
            Path.Combine(Run, CoefficientTable.FileName),
            [
                new CoefficientRow
                {
                    Index = 0, Name = "fashion.block0", Expert = "fashion", Block = "block0", Tensors = ["a.weight", "é"],
                    Start = 3, Length = 1L << 40, Lower = -0.5, Upper = 1.5, Initial = 0.3, Shares = [1, 0.25],
                },
                new CoefficientRow { Index = 1, Name = "density", Tensors = [], Lower = 0, Upper = 1, Initial = 0.2 },
            ]);
        using RunQuery query = RunQuery.Open(Run);

        QueryResult result = query.Execute("FROM coefficients");

        Assert.That(
            result.Columns.Select(column => $"{column.Name} {column.Type}"),
            Is.EqualTo(
                "index INTEGER,name VARCHAR,expert VARCHAR,block VARCHAR,tensors VARCHAR[],start BIGINT,length BIGINT,lower DOUBLE,upper DOUBLE,initial DOUBLE,shares DOUBLE[]".Split(',')));
        Assert.That(result.Rows[0], Is.EqualTo(new object[] { 0, "fashion.block0", "fashion", "block0", new[] { "a.weight", "é" }, 3L, 1L << 40, -0.5, 1.5, 0.3, new[] { 1, 0.25 } }));
        Assert.That(result.Rows[1], Is.EqualTo(new object?[] { 1, "density", null, null, Array.Empty<object>(), null, null, 0.0, 1.0, 0.2, null }));
    }

    [TestCase("SELEC 1", "Parser Error: syntax error at or near \"SELEC\"")]
    [TestCase("SELECT nothing FROM trials", "Referenced column \"nothing\" not found")]
    [TestCase("SELECT * FROM pareto", "pareto")]
    [TestCase("SELECT (reason || 'x')::BIGINT FROM (SELECT coalesce(reason, '') AS reason FROM trials)", "Conversion Error")]
    [TestCase("SELECT (9223372036854775807 - trial_id) + (trial_id + 1) FROM trials", "Out of Range Error")]
    [TestCase("SELECT error('mine') FROM trials", "mine")]
    [TestCase("", "no statement")]
    public void Execute_BadSql_GivesDuckDbsFirstLine(string sql, string words)
    {
        OpenWithTenTrials().Dispose();
        using RunQuery query = RunQuery.Open(Run);

        Assert.That(() => query.Execute(sql), Throws.TypeOf<SearchException>().With.Message.Contains(words).And.Message.Not.Contains("\n"));
        Assert.That(query.Execute("SELECT 1").Rows, Has.Count.EqualTo(1), "it stays usable");
    }

    [TestCase("SELECT strategy::BIGINT FROM trials")]
    [TestCase("SELECT error('mine') FROM trials")]
    public void Execute_QueryThatFailsWhileTrialsCome_IsRunOnce(string sql)
    {
        using ParquetTrialLog log = OpenWithTenTrials();
        using RunQuery query = RunQuery.Open(Run);
        log.Append([Trials.Create(10)]);

        Assert.That(() => query.Execute(sql), Throws.TypeOf<SearchException>());
        Assert.That(query.Execute("SELECT count(*) FROM trials").Rows.Single()[0], Is.EqualTo(10L), "a second run would have taken the new part in");
    }

    [TestCase("COPY trials TO '{0}/out.parquet'")]
    [TestCase("SELECT 1; COPY (SELECT 1) TO '{0}/out.csv'")]
    [TestCase("ATTACH '{0}/out.db' AS other")]
    [TestCase("INSTALL httpfs")]
    public void Execute_StatementThatWrites_IsRefused(string sql)
    {
        OpenWithTenTrials().Dispose();
        using RunQuery query = RunQuery.Open(Run);
        string[] before = Directory.GetFileSystemEntries(Run);

        string statement = string.Format(null, sql, Run.Replace("'", "''", StringComparison.Ordinal));
        Assert.That(() => query.Execute(statement), Throws.TypeOf<SearchException>().With.Message.Contains("only reads"));
        Assert.That(Directory.GetFileSystemEntries(Run), Is.EqualTo(before));
    }

    [Test]
    public void Execute_TablesOfTheQuery_LiveUntilItIsDisposed()
    {
        OpenWithTenTrials().Dispose();
        using RunQuery query = RunQuery.Open(Run);
        query.Execute("CREATE TEMP TABLE best AS SELECT min(objectives[1]) AS o FROM trials");

        Assert.That(query.Execute("SELECT count(*) FROM best").Rows.Single()[0], Is.EqualTo(1L));
    }

    [Test]
    public void Open_NoRunDirectory_SaysSo() =>
        Assert.That(() => RunQuery.Open(Run), Throws.TypeOf<StorageException>().With.Message.EqualTo($"{Run}: is not a run directory: it has no folder 'trials'"));
}
