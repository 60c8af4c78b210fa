using Search.Native.DuckDb;

namespace Search.Native.Tests.DuckDb;

internal sealed class DuckDbValuesTests : DuckDbFixture
{
    private static IEnumerable<TestCaseData> Values()
    {
        yield return Case("NULL", null, "INTEGER"); // A bare NULL becomes an INTEGER when the query is executed.
        yield return Case("NULL::VARCHAR", null, "VARCHAR");
        yield return Case("true", true, "BOOLEAN");
        yield return Case("(-128)::TINYINT", sbyte.MinValue, "TINYINT");
        yield return Case("(-32768)::SMALLINT", short.MinValue, "SMALLINT");
        yield return Case("(-2147483648)::INTEGER", int.MinValue, "INTEGER");
        yield return Case("(-9223372036854775808)::BIGINT", long.MinValue, "BIGINT");
        yield return Case("255::UTINYINT", byte.MaxValue, "UTINYINT");
        yield return Case("65535::USMALLINT", ushort.MaxValue, "USMALLINT");
        yield return Case("4294967295::UINTEGER", uint.MaxValue, "UINTEGER");
        yield return Case("18446744073709551615::UBIGINT", ulong.MaxValue, "UBIGINT");
        yield return Case("(-170141183460469231731687303715884105728)::HUGEINT", Int128.MinValue, "HUGEINT");
        yield return Case("340282366920938463463374607431768211455::UHUGEINT", UInt128.MaxValue, "UHUGEINT");
        yield return Case("1.5::FLOAT", 1.5f, "FLOAT");
        yield return Case("0.1::DOUBLE", 0.1, "DOUBLE");
        yield return Case("'inf'::DOUBLE", double.PositiveInfinity, "DOUBLE");
        yield return Case("1.05::DECIMAL(4,2)", 1.05m, "DECIMAL(4,2)");
        yield return Case("(-1.05)::DECIMAL(18,4)", -1.05m, "DECIMAL(18,4)");
        yield return Case("(-0.05)::DECIMAL(38,2)", "-0.05", "DECIMAL(38,2)");
        yield return Case("'twelve bytes'", "twelve bytes", "VARCHAR");
        yield return Case("'thirteen byte' || chr(128512)", "thirteen byte😀", "VARCHAR");
        yield return Case("DATE '1969-07-20'", new DateOnly(1969, 7, 20), "DATE");
        yield return Case("'infinity'::DATE", "infinity", "DATE");
        yield return Case("TIMESTAMP '1969-07-20 20:17:40.000001'", new DateTime(1969, 7, 20, 20, 17, 40).AddMicroseconds(1), "TIMESTAMP");
        yield return Case("'-infinity'::TIMESTAMP", "-infinity", "TIMESTAMP");
        yield return Case("make_timestamptz(1000000)", new DateTime(1970, 1, 1, 0, 0, 1, DateTimeKind.Utc), "TIMESTAMP WITH TIME ZONE");
        yield return Case("'b'::ENUM('a', 'b')", "b", "ENUM");
        yield return Case("[1, NULL, 3]", new object?[] { 1, null, 3 }, "INTEGER[]");
        yield return Case("[]::DOUBLE[]", Array.Empty<object?>(), "DOUBLE[]");
        yield return Case("[['a'], []]", new object?[] { new object?[] { "a" }, Array.Empty<object?>() }, "VARCHAR[][]");
        yield return Case("MAP {'a/b': 0.5::DOUBLE}", Pairs(("a/b", 0.5)), "MAP(VARCHAR, DOUBLE)");
        yield return Case("{'x': 1, 'y': NULL::VARCHAR}", Pairs(("x", 1), ("y", null)), "STRUCT(x INTEGER, y VARCHAR)");
        yield return Case("TIME '01:02:03'", "01:02:03", "VARCHAR");
        yield return Case("INTERVAL 2 MONTH", "2 months", "VARCHAR");
        yield return Case("'\\xAA'::BLOB", "\\xAA", "VARCHAR");
        yield return Case("[INTERVAL 1 DAY] -- a comment", "[1 day]", "VARCHAR");
        yield return Case("[1, 2]::INTEGER[2]", "[1, 2]", "VARCHAR");

        static TestCaseData Case(string expression, object? value, string type) => new TestCaseData(expression, value, type).SetArgDisplayNames(expression);
        static KeyValuePair<object, object?>[] Pairs(params (string Key, object? Value)[] pairs) =>
            [.. pairs.Select(pair => new KeyValuePair<object, object?>(pair.Key, pair.Value))];
    }

    [TestCaseSource(nameof(Values))]
    public void Read_Expression_GivesValueAndType(string expression, object? value, string type)
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();
        using DuckDbResult result = connection.Query($"SELECT {expression}");

        Assert.That(result.ReadRows().Single()[0], Is.EqualTo(value));
        Assert.That(result.Columns.Single().Type.ToString(), Is.EqualTo(type));
    }

    [Test]
    public void Query_UnreadableBesideReadable_KeepsNamesAndOrder()
    {
        using DuckDbConnection connection = DuckDbConnection.OpenInMemory();
        using DuckDbResult result = connection.Query("SELECT n AS \"a\"\"b\", INTERVAL (n) DAY AS i, n AS i FROM range(3) t(n) ORDER BY n DESC;");

        Assert.That(result.Columns.Select(column => column.Name), Is.EqualTo(new[] { "a\"b", "i", "i" }));
        Assert.That(result.ReadRows()[0], Is.EqualTo(new object[] { 2L, "2 days", 2L }));
    }
}
