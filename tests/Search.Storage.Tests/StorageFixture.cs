using Search.Native;
using Search.Native.DuckDb;

namespace Search.Storage.Tests;

/// <summary>The base of fixtures that write run directories: a fresh one each test, ignored without libduckdb, and no handle alive after a test.</summary>
[NonParallelizable] // Live DuckDB handles are counted for the whole process.
internal abstract class StorageFixture
{
    private int _before;

    /// <summary>The run directory: quotes, spaces, brackets and an equals sign must not matter.</summary>
    protected string Run { get; private set; } = string.Empty;

    /// <summary>The folder of parts.</summary>
    protected string Parts => Path.Combine(Run, "trials");

    [SetUp]
    public void CreateRun()
    {
        try
        {
            DuckDbLibrary.Describe();
        }
        catch (NativeException exception)
        {
            Assert.Ignore(exception.Message);
        }

        _before = DuckDbHandle.LiveCount;
        Run = Directory.CreateDirectory(Path.Combine(Directory.CreateTempSubdirectory("search-storage-").FullName, "it's a=b [x] {y} *?é")).FullName;
    }

    [TearDown]
    public void DeleteRun()
    {
        Directory.Delete(Path.GetDirectoryName(Run)!, recursive: true);
        Assert.That(DuckDbHandle.LiveCount, Is.EqualTo(_before), "live handles");
    }

    protected string[] PartNames() => [.. Directory.GetFiles(Parts).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>Writes ten trials in four appends.</summary>
    protected ParquetTrialLog OpenWithTenTrials()
    {
        ParquetTrialLog log = ParquetTrialLog.Open(Run, "run");
        for (int first = 0; first < 10; first += 3)
        {
            log.Append([.. Enumerable.Range(first, Math.Min(3, 10 - first)).Select(id => Trials.Create(id))]);
        }

        return log;
    }

    protected static void AssertIds(ParquetTrialLog log, int count) =>
        Assert.That(log.Read().Select(trial => trial.Id), Is.EqualTo(Enumerable.Range(0, count)));
}
