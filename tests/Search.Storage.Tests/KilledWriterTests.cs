using System.Diagnostics;

namespace Search.Storage.Tests;

internal sealed class KilledWriterTests : StorageFixture
{
    [Test]
    public void Append_KilledAgainAndAgain_LosesNothingRecorded()
    {
        Random random = new(20250304);
        long recorded = -1;
        for (int round = 0; round < 8; round++)
        {
            using Process child = Children.Start("append", Run);
            recorded = Math.Max(recorded, Children.KillAfter(child, random.Next(1, 25)));

            Search.Results.Trial[] trials = [.. TrialReader.Read(Run)];

            Assert.That(trials.Length - 1, Is.GreaterThanOrEqualTo(recorded), "what Append returned from is on disk");
            Trials.AssertEqual(trials, [.. Enumerable.Range(0, trials.Length).Select(id => Trials.Create(id))]);
        }

        Assert.That(recorded, Is.GreaterThan(8), "the children did append");
    }

    // The writer folds its parts every five appends: whenever a reader looks, it finds all trials up to some id, and never fewer than before.
    [Test]
    public void Read_WhileAnotherProcessAppendsAndFolds_FindsAConsistentSet()
    {
        using Process child = Children.Start("append", Run);
        using var end = new Killing(child);
        Assert.That(child.StandardOutput.ReadLine(), Is.EqualTo("1"));
        Task<string> acknowledged = child.StandardOutput.ReadToEndAsync();
        long seen = 0;
        for (int round = 0; round < 25; round++)
        {
            long[] ids = [.. TrialReader.Read(Run, Assert.Fail).Select(trial => trial.Id)];
            Assert.That(ids, Is.EqualTo(Enumerable.Range(0, ids.Length)));
            Assert.That(ids, Has.Length.GreaterThanOrEqualTo(seen));
            using RunQuery query = RunQuery.Open(Run, Assert.Fail);
            object?[] row = [.. query.Execute("SELECT count(*), count(DISTINCT trial_id), max(trial_id) + 1 FROM trials").Rows.Single()];
            Assert.That(row, Is.EqualTo(new object[] { row[0]!, row[0]!, row[0]! }));
            Assert.That((long)row[0]!, Is.GreaterThanOrEqualTo(ids.Length));
            seen = (long)row[0]!;
        }

        end.Dispose();
        Assert.That(acknowledged.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.GreaterThan(3), "it did append meanwhile");
    }

    private sealed class Killing(Process process) : IDisposable
    {
        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
