using Search.Native.DuckDb;

namespace Search.Native.Tests.DuckDb;

internal sealed class DuckDbAppenderTests : DuckDbFixture
{
    private const string Table = "CREATE TABLE t (i INTEGER, l BIGINT, d DOUBLE, s VARCHAR, at_us TIMESTAMP, ds DOUBLE[], m MAP(VARCHAR, DOUBLE), ss VARCHAR[])";

    [Test]
    public void Append_ManyRows_RoundTrip()
    {
        const int Rows = 5000;
        using DuckDbConnection connection = Open(Table);
        using (DuckDbAppender appender = connection.Append("t"))
        {
            for (int row = 0; row < Rows; row++)
            {
                AppendRow(appender, row);
            }

            appender.Flush();
        }

        using DuckDbResult result = connection.Query("SELECT * FROM t");
        int seen = 0;
        while (result.ReadChunk() is { } chunk)
        {
            using (chunk)
            {
                for (int row = 0; row < chunk.RowCount; row++)
                {
                    AssertRow(chunk, row, seen++);
                }
            }
        }

        Assert.That(seen, Is.EqualTo(Rows));
    }

    [Test]
    public void Append_Nulls_AreNull()
    {
        using DuckDbConnection connection = Open(Table);
        using (DuckDbAppender appender = connection.Append("t"))
        {
            for (int column = 0; column < 8; column++)
            {
                appender.AppendNull();
            }

            appender.EndRow();
            appender.Flush();
        }

        using DuckDbResult result = connection.Query("SELECT * FROM t");

        Assert.That(result.ReadRows().Single(), Is.EqualTo(new object?[8]));
    }

    [Test]
    public void Append_WrongTypeOrCount_IsRefused()
    {
        using DuckDbConnection connection = Open("CREATE TABLE t (i INTEGER, ds DOUBLE[])");
        using DuckDbAppender appender = connection.Append("t");

        Assert.That(() => appender.Append(1L), Throws.InvalidOperationException);
        Assert.That(appender.EndRow, Throws.InvalidOperationException);
        appender.Append(1);
        Assert.That(() => appender.Append(["text"]), Throws.InvalidOperationException);
        appender.AppendNull();
        Assert.That(appender.AppendNull, Throws.InvalidOperationException);
        Assert.That(() => appender.Append(1), Throws.InvalidOperationException);
    }

    [Test]
    public void Append_NoSuchTable_NamesIt()
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();

        Assert.That(() => connection.Append("nowhere"), Throws.TypeOf<NativeException>().With.Message.Contains("nowhere"));
    }

    [Test]
    public void Flush_ConstraintBroken_GivesDuckDbsWords()
    {
        using DuckDbConnection connection = Open("CREATE TABLE t (i INTEGER NOT NULL)");
        using DuckDbAppender appender = connection.Append("t");
        appender.AppendNull();
        appender.EndRow();

        Assert.That(appender.Flush, Throws.TypeOf<NativeException>().With.Message.Contains("NOT NULL"));
    }

    private static DuckDbConnection Open(string table)
    {
        DuckDbConnection connection = DuckDbConnection.OpenInMemory();
        try
        {
            connection.Execute(table);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void AppendRow(DuckDbAppender appender, int row)
    {
        appender.Append(row % 3 == 0 ? null : row);
        appender.Append((long?)-row);
        appender.Append((double?)(row * 0.1));
        appender.Append(new string('é', row % 40));
        appender.AppendTimestamp(row);
        appender.Append(row % 5 == 0 ? null : Doubles(row));
        appender.Append(Pairs(row));
        appender.Append(Texts(row));
        appender.EndRow();
    }

    private static void AssertRow(DuckDbChunk chunk, int at, int row)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(chunk.Column(0).IsNull(at), Is.EqualTo(row % 3 == 0));
            Assert.That(row % 3 == 0 ? row : chunk.Column(0).Int32(at), Is.EqualTo(row));
            Assert.That(chunk.Column(1).Int64(at), Is.EqualTo(-row));
            Assert.That(chunk.Column(2).Double(at), Is.EqualTo(row * 0.1));
            Assert.That(chunk.Column(3).Text(at), Is.EqualTo(new string('é', row % 40)));
            Assert.That(chunk.Column(4).Microseconds(at), Is.EqualTo(row));
            Assert.That(chunk.Column(5).IsNull(at), Is.EqualTo(row % 5 == 0));
            Assert.That(row % 5 == 0 ? Doubles(row) : chunk.Column(5).Doubles(at), Is.EqualTo(Doubles(row)));
            Assert.That(chunk.Column(6).NamedDoubles(at), Is.EqualTo(Pairs(row)));
            Assert.That(DuckDbValues.Read(chunk.Column(7), at), Is.EqualTo(Texts(row)));
        }
    }

    private static double[] Doubles(int row) => [.. Enumerable.Range(0, row % 7).Select(i => row + (i / 8.0))];

    private static KeyValuePair<string, double>[] Pairs(int row) =>
        [.. Enumerable.Range(0, row % 3).Select(i => new KeyValuePair<string, double>($"a task with a long name {i}", row - i))];

    private static string[] Texts(int row) => [.. Enumerable.Range(0, row % 4).Select(i => $"{row}.{i}")];
}
