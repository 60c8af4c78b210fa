using System.Globalization;
using System.Text.Json;

namespace Search.Storage.Tests;

internal sealed class QueryResultFormatTests
{
    private static readonly KeyValuePair<object, object?>[] Scores = [new("x/y", 1e-5), new("z", double.NaN)];

    private static readonly QueryResult Result = new(
        [new("n", "BIGINT"), new("n", "DOUBLE"), new("te,xt", "VARCHAR"), new("at", "TIMESTAMP"), new("scores", "MAP(VARCHAR, DOUBLE)")],
        [
            [1L, -0.5, "a \"quoted\",\nline é", new DateTime(2025, 3, 4, 5, 6, 7).AddMicroseconds(89), Scores],
            [null, double.PositiveInfinity, "", new DateTime(2025, 3, 4, 0, 0, 0, DateTimeKind.Utc), new object?[] { 1, null, "b", new object?[] { true } }],
        ]);

    [Test]
    public void Csv_AwkwardValues_AreQuotedWhereNeeded() => Assert.That(
        Written(QueryResultFormat.Csv),
        Is.EqualTo(
            "n,n,\"te,xt\",at,scores\n" +
            "1,-0.5,\"a \"\"quoted\"\",\nline é\",2025-03-04 05:06:07.000089,\"{\"\"x/y\"\": 1E-05, \"\"z\"\": null}\"\n" +
            ",Infinity,\"\",2025-03-04 00:00:00+00,\"[1, null, \"\"b\"\", [true]]\"\n"));

    [Test]
    public void Json_AwkwardValues_ParseBack()
    {
        using JsonDocument json = JsonDocument.Parse(Written(QueryResultFormat.Json));
        JsonElement first = json.RootElement[0];
        JsonElement second = json.RootElement[1];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.GetProperty("n").GetInt64(), Is.EqualTo(1));
            Assert.That(first.GetProperty("n_1").GetDouble(), Is.EqualTo(-0.5));
            Assert.That(first.GetProperty("te,xt").GetString(), Is.EqualTo("a \"quoted\",\nline é"));
            Assert.That(first.GetProperty("scores").GetProperty("x/y").GetDouble(), Is.EqualTo(1e-5));
            Assert.That(first.GetProperty("scores").GetProperty("z").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(second.GetProperty("n").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(second.GetProperty("n_1").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(second.GetProperty("scores")[3][0].GetBoolean(), Is.True);
        }
    }

    [Test]
    public void Json_NoRows_IsAnEmptyArray()
    {
        using StringWriter writer = new(CultureInfo.InvariantCulture);
        QueryResultFormat.Json(new QueryResult([new("n", "BIGINT")], []), writer);

        Assert.That(JsonDocument.Parse(writer.ToString()).RootElement.GetArrayLength(), Is.Zero);
    }

    [Test]
    public void Table_Values_AreText() =>
        Assert.That(QueryResultFormat.Table(Result).Last(), Is.EqualTo(new[] { "", "Infinity", "", "2025-03-04 00:00:00+00", "[1, null, \"b\", [true]]" }));

    private static string Written(Action<QueryResult, TextWriter> format)
    {
        using StringWriter writer = new(CultureInfo.InvariantCulture);
        format(Result, writer);
        return writer.ToString();
    }
}
