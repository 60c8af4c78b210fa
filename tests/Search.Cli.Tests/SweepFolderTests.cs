using Search.Cli.Sweeps;
using Search.Results;
using Search.Storage;

namespace Search.Cli.Tests;

public sealed class SweepFolderTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("search-sweep-").FullName;

    [Test]
    public void State_ManifestThatCannotBeRead_IsDamagedAndItsHashesAreUnknown()
    {
        var folder = new SweepFolder(_path);
        File.WriteAllText(Begin(folder).Manifest, "{ torn");
        string input = Path.Combine(_path, "input");
        File.WriteAllText(input, "content");
        Assert.Multiple(() =>
        {
            Assert.That(folder.State("one"), Is.EqualTo("damaged"));
            Assert.That(SweepResult.Of(folder, new SweepRow("one", [])).State, Is.EqualTo("damaged"));
            Assert.That(new InputHashes(_path).Of(input), Is.EqualTo(RunInput.Hash(input)));
        });
        folder.Note("one", "it is torn");
        Assert.That((folder.State("one"), folder.Failure("one")), Is.EqualTo(("failed", "it is torn")));
    }

    [Test]
    public void State_FinishedRun_FailedIfItsProcessSaidSoAfterwards()
    {
        var folder = new SweepFolder(_path);
        RunDirectory run = Begin(folder);
        new RunManifest { RunId = "one", Study = "s", CreatedAt = DateTimeOffset.UnixEpoch, Seed = 0, State = "finished", Version = "1", Engine = "e", Threads = 1, Inputs = [] }.Write(run);
        Assert.That(folder.State("one"), Is.EqualTo("finished"));
        folder.Note("one", "no candidate could be scored");
        Assert.That(folder.State("one"), Is.EqualTo("failed"));
        File.SetLastWriteTimeUtc(run.Manifest, DateTime.UtcNow.AddMinutes(1));
        Assert.That((folder.State("one"), folder.Failure("one")), Is.EqualTo(("finished", (string?)null)), "resumed by hand");
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private static RunDirectory Begin(SweepFolder folder)
    {
        RunDirectory run = folder.Run("one");
        Directory.CreateDirectory(run.Path);
        return run;
    }
}
