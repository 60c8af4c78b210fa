using Search.Native.DuckDb;

namespace Search.Native.Tests.DuckDb;

internal sealed class DuckDbConnectionTests : DuckDbFixture
{
    [Test]
    public void OpenInMemory_Settings_AreTaken()
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory(new("threads", "1"), new KeyValuePair<string, string>("memory_limit", "64MiB"));
        using DuckDbResult result = connection.Query("SELECT current_setting('threads'), current_setting('memory_limit')");

        Assert.That(result.ReadRows().Single(), Is.EqualTo(new object[] { 1L, "64.0 MiB" }));
    }

    [TestCase("no_such_setting", "1")]
    [TestCase("threads", "many")]
    public void OpenInMemory_BadSetting_NamesIt(string name, string value) =>
        Assert.That(
            () => DuckDbConnection.OpenInMemory(new KeyValuePair<string, string>(name, value)),
            Throws.TypeOf<NativeException>().With.Message.Contains(name).Or.Message.Contains(value));

    [TestCase("SELEC 1", "syntax error")]
    [TestCase("SELECT * FROM nowhere", "nowhere")]
    [TestCase("SELECT 1; SELECT CAST('x' AS INTEGER)", "Could not convert")]
    [TestCase("", "no statement")]
    [TestCase("SELECT * FROM read_parquet('/nowhere/x.parquet')", "/nowhere/x.parquet")]
    public void Query_Refused_GivesDuckDbsWords(string sql, string words)
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();

        Assert.That(() => connection.Query(sql), Throws.TypeOf<NativeException>().With.Message.Contains(words));
        Assert.That(() => connection.Execute("SELECT 1"), Throws.Nothing, "the connection stays usable");
    }

    [Test]
    public void Execute_Refused_GivesDuckDbsWords()
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();

        NativeException? error = Assert.Throws<NativeException>(() => connection.Execute("SELECT * FROM nowhere"));

        Assert.That(error!.Message, Does.Contain("nowhere"));
        Assert.That(error.Code, Is.Not.Zero);
    }

    [Test]
    public void Query_SeveralStatements_GivesTheLastAndInspectsAll()
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();
        List<DuckDbStatementKind> kinds = [];

        using DuckDbResult result = connection.Query("CREATE TABLE t AS SELECT 7 AS n; SELECT n FROM t;", kinds.Add);

        Assert.That(result.ReadRows().Single(), Is.EqualTo(new object[] { 7 }));
        Assert.That(kinds, Has.Count.EqualTo(2).And.Some.EqualTo(DuckDbStatementKind.Select));
    }

    [TestCase("COPY (SELECT 1) TO '/nowhere/x.parquet'", nameof(DuckDbStatementKind.Copy))]
    [TestCase("ATTACH '/nowhere/x.db' AS x", nameof(DuckDbStatementKind.Attach))]
    [TestCase("INSTALL httpfs", nameof(DuckDbStatementKind.Load))]
    [TestCase("EXPORT DATABASE '/nowhere'", nameof(DuckDbStatementKind.Export))]
    public void Query_InspectThrows_NothingRuns(string sql, string kind)
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();

        Assert.That(
            () => connection.Query(sql, found => throw new InvalidOperationException(found.ToString())),
            Throws.InvalidOperationException.With.Message.EqualTo(kind));
    }

    [Test]
    public void Query_ManyRows_ComeInOrder()
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();
        using DuckDbResult result = connection.Query("SELECT range FROM range(5000)");

        Assert.That(result.ReadRows().Select(row => (long)row[0]!), Is.EqualTo(Enumerable.Range(0, 5000)));
    }

    [Test]
    public void Column_WrongReader_IsRefused()
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();
        using DuckDbResult result = connection.Query("SELECT 1::INTEGER");
        using DuckDbChunk? chunk = result.ReadChunk();

        Assert.That(() => chunk!.Column(0).Double(0), Throws.InvalidOperationException);
    }
}
