using Search.Benchmarks;
using Search.Native.DuckDb;

namespace Search.Storage.Tests;

internal sealed class BenchmarkTableTests : StorageFixture
{
    private static readonly BenchmarkRow[] Rows =
    [
        new("plain", "cma_es,population=20", "sphere", 5, 3, "evaluations_to", 1e-8, 722),
        new("plain", "cma_es", "sphere", 5, 4, "evaluations_to", 1e-8, null),
        new("gp", "cma_es", "branin", 2, 0, "best", null, 0.1),
    ];

    [TestCase("parquet")]
    [TestCase("csv")]
    public void Write_Rows_ReadBackEqual(string format)
    {
        string path = Path.Combine(Path.GetDirectoryName(Run)!, $"rows.{format}");
        BenchmarkTable.Write(path, Rows);
        using DuckDbConnection connection = ParquetEngine.OpenSmall();
        using DuckDbResult result = connection.Query($"SELECT * FROM read_{format}('{path}')");
        Assert.That(
            result.ReadRows().Select(row => new BenchmarkRow(
                (string)row[0]!, (string)row[1]!, (string)row[2]!, Convert.ToInt32(row[3], null), Convert.ToInt32(row[4], null), (string)row[5]!, (double?)row[6], (double?)row[7])),
            Is.EqualTo(Rows));
    }

    [Test]
    public void Write_OtherExtension_Throws() => Assert.That(
        () => BenchmarkTable.Write(Path.Combine(Run, "rows.txt"), Rows),
        Throws.TypeOf<StorageException>().With.Message.Contains("must end in .parquet or .csv"));

    [TestCase("parquet")]
    [TestCase("csv")]
    public void Probe_FileCanBeWritten_LeavesTheFolderAsItWas(string format)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Run)!, "probed")).FullName;
        string earlier = Path.Combine(folder, $"earlier.{format}");
        File.WriteAllText(earlier, "as it was");
        BenchmarkTable.Probe(earlier);
        BenchmarkTable.Probe(Path.Combine(folder, $"new.{format}"));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { earlier }));
        Assert.That(File.ReadAllText(earlier), Is.EqualTo("as it was"));
    }

    [TestCase("missing/rows.csv")]
    [TestCase("folder.parquet")]
    [TestCase("rows.txt")]
    public void Probe_WriteWouldFail_Throws(string name)
    {
        string folder = Path.GetDirectoryName(Run)!;
        Directory.CreateDirectory(Path.Combine(folder, "folder.parquet"));
        string path = Path.Combine(folder, name);
        Assert.That(() => BenchmarkTable.Write(path, Rows), Throws.TypeOf<StorageException>());
        Assert.That(() => BenchmarkTable.Probe(path), Throws.TypeOf<StorageException>().With.Message.Contains(path));
    }
}
