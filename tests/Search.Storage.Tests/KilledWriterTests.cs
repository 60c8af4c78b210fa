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
}
